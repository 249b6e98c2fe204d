"""What a training run can be told: the defaults, what belongs to what, and what a resume may change."""

import os
from inspect import signature
from pathlib import Path

from cells import CELLS, Bidirectional
from optim import OPTIMIZERS, SCHEDULES

from .errors import OptionError
from .presets import load

DEFAULTS = dict(
    text=["python"], level="char", val=0.1, val_first=0, val_files=0, vocab_size=None, lowercase=False, letters=False,
    cell="lstm", gru_reset="after", forget_bias=1.0, gate_bias=0.0, gates="sigmoid", transforms=5,
    layers=1, hidden=256, embed=0, dropout=0.0, dropout_at="outputs", dropout_mask="step", tie_weights=False,
    init=None, init_embedding=None, init_recurrent=None, init_output=None,
    optimizer="adam", lr=None, momentum=0.0, rho=0.9, beta1=0.9, beta2=0.99, eps=1e-8, eps_inside=False,
    weight_decay=0.0,
    schedule="cosine", warmup=20, final_lr=0.05, decay=0.5, decay_start=0, decay_every=5000, decay_patience=3,
    clip_norm=5.0, clip_value=0.0,
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
MOMENTARY = ("out", "resume", "threads", "quiet", "tensorboard", "list_presets")


def accepted(kind, options):
    """Those of the options that the constructor of this cell, optimiser or schedule takes, by its names for them."""
    parameters = {name: PARAMETERS.get(name, name) for name in options if name != "lr"}
    return {parameters[name]: options[name] for name in parameters if parameters[name] in signature(kind).parameters}


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


def resolve(given, saved=None):
    """All options of a run: the defaults, a preset's or a checkpoint's (`saved`), and over them what was `given`.

    Raises OptionError where options contradict each other, the preset or the checkpoint.
    """
    if saved:
        contradict(given, saved)
        options = {**DEFAULTS, **saved}
    else:
        options = {**DEFAULTS, **recipe(given)}
    for group in (LENGTHS, HELD_OUT):
        chosen = [name for name in group if given.get(name)]
        if len(chosen) > 1:
            raise OptionError(f"{' and '.join(map(flag, chosen))} contradict each other; give one")
        if any(name in given for name in group) and not (saved and group is HELD_OUT):
            options.update({name: None if group is LENGTHS else 0 for name in group})
    options.update(given)
    if all(options[name] is None for name in LENGTHS):
        options["minutes"] = MINUTES
    for name in given:
        for choice, owners in belongs(name).items():
            if options[choice] not in owners:
                names = " or ".join(owners)
                of = "" if choice in given or not options["preset"] else f" of the preset {options['preset']}"
                raise OptionError(
                    f"{flag(name)} belongs to {flag(choice)} {names}, not to {options[choice]}{of}; leave it out"
                )
    demands(given, options)
    if options["lr"] is None:
        options["lr"] = LEARNING_RATES.get(options["optimizer"], 1e-3)
    if options["threads"] is None:
        options["threads"] = physical_cores()
    if options["shards"] is None:
        options["shards"] = min(physical_cores(), max(1, options["batch_size"] // 8))
    if options["shards"] > options["batch_size"]:
        raise OptionError(f"--shards {options['shards']} is more than --batch-size {options['batch_size']}; lower it")
    return options


def contradict(given, saved):
    """Raises OptionError where a run to resume was given what it cannot change."""
    for name in FIXED:
        if name in given and given[name] != saved.get(name, DEFAULTS[name]):
            raise OptionError(
                f"{flag(name)} {given[name]} contradicts the run to resume, which has {saved.get(name)}; "
                "leave it out, or start a new run without --resume"
            )


def recipe(given):
    """The options of the preset that was `given`, less those that lose their meaning by what else was given."""
    if not given.get("preset"):
        return {}
    options = load(given["preset"])["options"]
    changed = {choice for choice in KINDS if choice in given and given[choice] != options.get(choice)}

    def stands(name):
        if name == "lr":
            return "optimizer" not in changed
        return all(given[choice] in owners for choice, owners in belongs(name).items() if choice in changed)

    return {name: value for name, value in options.items() if stands(name)}


def demands(given, options):
    """Raises OptionError where an option needs another one that is not there."""
    held_out = any(options[name] for name in HELD_OUT)
    for name, asked in (("schedule", options["schedule"] == "plateau"), ("patience", options["patience"])):
        if asked and not (held_out and options["eval_every"]):
            raise OptionError(
                f"{flag(name)} {options[name]} needs validations to look at; give --val and --eval-every above 0"
            )
    if "init_embedding" in given and not options["embed"]:
        raise OptionError("--init-embedding starts an embedding, but --embed is 0; give --embed, or leave it out")
    for name in ("dropout_at", "dropout_mask"):
        if name in given and not options["dropout"]:
            raise OptionError(f"{flag(name)} says how to drop, but --dropout is 0; give --dropout, or leave it out")
    width = options["hidden"] * (2 if issubclass(CELLS[options["cell"]], Bidirectional) else 1)
    if options["tie_weights"] and options["embed"] != width:
        raise OptionError(
            f"--tie-weights uses the embedding as output matrix, so it must be as wide as the output of the last "
            f"layer; give --embed {width}, not {options['embed']}"
        )


def physical_cores():
    """The number of cores this process may use, hyper-threads of one core counted once."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    allowed = os.sched_getaffinity(0)
    cores = {core_of(k) for k in allowed}
    return len(cores)


def core_of(cpu):
    """A name for the core of a logical CPU: the list of CPUs that share it."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text()
    except OSError:
        return cpu
