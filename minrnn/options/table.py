"""What a training run can be told: the options with their defaults, and which of them belong to what."""

from inspect import signature

from cells import CELLS
from optim import OPTIMIZERS, SCHEDULES

DEFAULTS = dict(
    text=["python"], level="char", val=0.1, val_first=0, val_files=0, vocab_size=None, lowercase=False, letters=False,
    cell="lstm", gru_reset="after", forget_bias=1.0, gate_bias=0.0, gates="sigmoid", transforms=5,
    layers=1, hidden=256, embed=0, dropout=0.0, dropout_at="outputs", dropout_mask="step", tie_weights=False,
    init=None, init_embedding=None, init_recurrent=None, init_output=None,
    optimizer="adam", lr=None, momentum=0.0, rho=0.9, beta1=0.9, beta2=0.99, eps=1e-8, eps_inside=False,
    weight_decay=0.0,
    schedule="cosine", warmup=20, final_lr=0.05, decay=0.5, decay_start=0, decay_every=5000, decay_patience=3,
    clip_norm=5.0, clip_value=0.0, on_nan="stop",
    batch_size=32, seq_len=64, epochs=None, steps=None, minutes=None, carry="stream", patience=0,
    seed=0, threads=None, shards=None,
    out=None, resume=False, sample_every=200, sample_style=["one"], sample_length=None, log_every=50, eval_every=300,
    keep=0, tensorboard=False, quiet=False,
    preset=None, list_presets=False,
)  # fmt: skip

# A good first learning rate for each optimiser, where none is given.
LEARNING_RATES = {"sgd": 0.5, "rmsprop": 2e-3, "adam": 5e-3, "adagrad": 0.1}
MINUTES = 2.0

# How long a run lasts: one of these at most.
LENGTHS = ("epochs", "steps", "minutes")

# How samples of a run look: the names of minrnn.training.previews.STYLES.
STYLES = ("one", "several", "rows")

# What is held out: by one of these.
HELD_OUT = ("val", "val_first", "val_files")

# What a cell, an optimiser or a schedule can be told is what its constructor names. A bidirectional cell
# can be told what its halves can.
KINDS = {
    "cell": {name: getattr(cell, "kind", cell) for name, cell in CELLS.items()},
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
# Options that have another name on the command line than in the constructor.
PARAMETERS = {"gru_reset": "reset"}

# What the weights and the order of the batches depend on: a resumed run keeps these.
FIXED = (
    "preset", "level", *HELD_OUT, "vocab_size", "lowercase", "letters",
    "cell", "gru_reset", "forget_bias", "gate_bias", "gates", "transforms",
    "layers", "hidden", "embed", "dropout", "dropout_at", "dropout_mask", "tie_weights",
    "init", "init_embedding", "init_recurrent", "init_output",
    "optimizer", "eps_inside", "batch_size", "seq_len", "carry", "seed", "shards",
)  # fmt: skip

# What belongs to the machine or the moment, and not to the run.
MOMENTARY = ("out", "resume", "threads", "quiet", "list_presets")


def accepted(kind, options):
    """Those of the options that the constructor of this cell, optimiser or schedule takes, by its names for them."""
    known = signature(kind).parameters
    parameters = {name: PARAMETERS.get(name, name) for name in options if name != "lr"}
    return {parameters[name]: options[name] for name in parameters if parameters[name] in known}


def cell_options(options):
    """What the cells of a model are told beside their sizes."""
    return accepted(KINDS["cell"][options["cell"]], options)


def belongs(name):
    """{"optimizer": ["adam"]} for an option that means something to Adam only; {} for one that stands by itself."""
    one = {name: DEFAULTS[name]}
    owners = {choice: [k for k, kind in kinds.items() if accepted(kind, one)] for choice, kinds in KINDS.items()}
    return {choice: names for choice, names in owners.items() if names}


def lasting(options):
    """The options that belong to the run, and not to the machine or the moment: what a checkpoint keeps."""
    return {name: value for name, value in options.items() if name not in MOMENTARY}


def flag(name):
    """How an option is written on the command line."""
    return "--" + name.replace("_", "-")
