"""What follows from the options of train.py: their defaults, what a checkpoint keeps, and which belong to what."""

from inspect import signature

from cells import CELLS
from data import LEVELS
from optim import AVERAGES, OPTIMIZERS, SCHEDULES

from .option import MOMENTARY
from .training_options import GROUPS

ROWS = {row.name: row for rows in GROUPS.values() for row in rows}
DEFAULTS = {name: row.default for name, row in ROWS.items()}

# How long a run lasts, and what is held out: one option of each at most.
LENGTHS = ("epochs", "steps", "minutes")
HELD_OUT = ("val", "val_first", "val_files", "val_lines")
# What older runs did, where an option that came after them does something else by default.
FORMERLY = {"sampled_softmax": 0, "dropout_growth": 0.0}
# What a model and its vocabulary are made of, apart from what its cell is told.
STRUCTURE = ("level", "tokeniser", "vocab_size", "lowercase", "letters", "cell", "layers", "hidden", "embed",
             "tie_weights", "projection", "skip")  # fmt: skip
# At most one average of the weights.
AVERAGING = tuple(AVERAGES)

# The options that choose a class. What a class can be told is what its constructor names.
OWNERS = {"level": LEVELS, "cell": CELLS, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}
# Options that have another name on the command line than in the constructor.
PARAMETERS = {"gru_reset": "reset"}


def accepted(kind: type, options: dict) -> dict:
    """Those of the options that the constructor of this level, cell, optimiser or schedule takes, by its own names.

    A bidirectional cell takes what its halves take.
    """
    known = signature(getattr(kind, "kind", kind)).parameters
    parameters = {name: PARAMETERS.get(name, name) for name in options if name != "lr"}
    return {parameters[name]: options[name] for name in parameters if parameters[name] in known}


def cell_options(options: dict) -> dict:
    """What the cells of a model are told besides their sizes."""
    return accepted(CELLS[options["cell"]], options)


def structural(options: dict) -> dict:
    """Those of the options of a run that its vocabulary and the shapes and the sense of its weights follow from."""
    kind = CELLS[options["cell"]]
    of_cell = accepted(kind, {name: name for name in DEFAULTS}).values()
    return {name: options[name] for name in (*STRUCTURE, *of_cell)}


def belongs(name: str) -> dict[str, list[str]]:
    """{"optimizer": ["adam"]} for an option that only Adam takes; {} for one that stands by itself."""
    one = {name: DEFAULTS[name]}
    owners = {choice: [k for k, kind in kinds.items() if accepted(kind, one)] for choice, kinds in OWNERS.items()}
    return {choice: names for choice, names in owners.items() if names}


def lasting(options: dict) -> dict:
    """The options that belong to the run, and not to the machine or the moment: what a checkpoint keeps."""
    return {name: value for name, value in options.items() if ROWS[name].resumed != MOMENTARY}
