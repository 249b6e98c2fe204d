"""The format of a checkpoint, version 1: everything that is in a file. Read it from CHECKPOINT, at the end.

What is `Given` depends on what stands above it. Options and sizes that are missing have their defaults: the file is
older than they are. All is compared before anything is made of it, so that a small file cannot ask for much memory.
"""

import math
import re
from collections.abc import Iterator
from inspect import signature
from itertools import islice

from cells import CELLS, Bidirectional
from cells.cell import Cell
from data import LEVELS, fit
from optim import AVERAGES, OPTIMIZERS

from ..nn.config import SIZES, check_config, width
from ..options.saved import check_option
from ..options.table import DEFAULTS, accepted
from ..system.errors import CheckpointError
from .parts import make_parts, state_of
from .tree import FINITE, MAX_COUNT, Given, Optional, Tree, Value, count, floats, like, number

FORMAT, VERSION = "minrnn", 1
for registry in (CELLS, OPTIMIZERS, AVERAGES):
    list(registry.values())  # They import their classes late. No file is to decide what is imported.


def version(file: dict) -> Tree:
    """The version, unless a newer minrnn wrote the file."""
    if file["version"] > VERSION:
        raise CheckpointError(
            f"it has version {file['version']}, and this minrnn knows {VERSION} at most; update minrnn"
        )
    return VERSION


def sizes(file: dict) -> dict:
    """What `build` is given."""
    return {name: DEFAULTS[name] for name in SIZES} | {"cell_options": {}} | file["config"]["model"]


def cell_class(file: dict) -> type[Cell]:
    """The class of the cells; of bidirectional ones, that of their halves."""
    cell = CELLS[sizes(file)["cell"]]
    return getattr(cell, "kind", cell)


def option(name: str) -> Value:
    """What the command line could give for an option. (`check_option` raises by itself.)"""
    return Value(name, lambda value: check_option(name, value) is None)


def vocabulary(file: dict) -> Tree:
    """What its level allows. (`check` raises ValueError by itself.)"""
    check_option("level", file["vocab"].get("level"))
    LEVELS[file["vocab"]["level"]].check(file["vocab"])
    return ANYTHING


def cell_options(file: dict) -> Tree:
    """What the constructor of the cell takes, by its names for it."""
    names = accepted(cell_class(file), {name: name for name in DEFAULTS})
    return {name: Optional(option(of)) for name, of in names.items()}


def options(file: dict) -> Tree:
    """The options of train.py; those that are sizes agree with the model."""
    model = sizes(file)
    return {name: Optional(model.get(name, option(name))) for name in DEFAULTS}


def shapes(file: dict) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The names and shapes of the weights, one by one: a file can ask for any number of layers.

    (`check_config` raises ValueError by itself.)
    """
    model, cell = sizes(file), cell_class(file)
    check_config(model)
    V, H, E = model["V"], model["hidden"], model["embed"]
    known = signature(cell.shapes).parameters
    given = {name: value for name, value in model["cell_options"].items() if name in known}
    stacks = ("forward", "backward") if issubclass(CELLS[model["cell"]], Bidirectional) else ("layers",)
    wide = width(model["cell"], H)
    if E:
        yield "embedding", (V, E)
    for stack in stacks:
        for k in range(model["layers"]):
            for name, shape in cell.shapes(H if k else E or V, H, **given).items():
                yield f"{stack}.{k}.{name}", shape
    if model["projection"]:
        yield "projection.P", (wide, model["projection"])
    if not model["tie_weights"]:
        yield "output.W", (wide, V)
    yield "output.b", (V,)


def weights(file: dict) -> Tree:
    """One more than there are is enough to see that some are missing."""
    return {name: floats(*shape) for name, shape in islice(shapes(file), len(file["weights"]) + 1)}


def optimizer(file: dict) -> Tree:
    """What the parts keep that these options ask for."""
    parts = make_parts(DEFAULTS | file["config"]["options"], size=1)
    return like(state_of(parts), sum(w.size for w in file["weights"].values()))


def states(file: dict) -> Tree:
    """The hidden state of every shard: for each layer an array (rows, H), or a tuple of them.

    The rows that the text can fill are divided among the shards equally; what remains goes to the first shards.
    """
    model, options, names = sizes(file), DEFAULTS | file["config"]["options"], cell_class(file).states
    N, _ = fit(file["config"]["text"]["learned"], options["batch_size"], options["seq_len"])
    n = min(options["shards"] or 0, N)
    if not 0 < n == len(file["progress"]["states"]):
        raise CheckpointError(f"its progress.states has {len(file['progress']['states'])} shards; expected {n}")

    def shard(rows):
        state = (floats(rows, model["hidden"]),) * len(names)
        return [state if len(names) > 1 else state[0]] * model["layers"]

    return [shard(N // n + 1)] * (N % n) + [shard(N // n)] * (n - N % n)


ANYTHING = Value("anything", lambda v: True)
SHA256 = Value("a SHA-256", lambda v: type(v) is str and bool(re.fullmatch("[0-9a-f]{64}", v)))

CHECKPOINT = {
    "format": FORMAT,
    "version": Given(int, version),
    "vocab": Given(dict, vocabulary),
    "config": {
        "model": {
            "V": Given(int, lambda file: len(file["vocab"]["symbols"])),
            **{name: Optional(option(name)) for name in SIZES},
            "cell_options": Optional(Given(dict, cell_options)),
        },
        "options": Given(dict, options),
        "text": {"symbols": count(2), "sha256": SHA256, "learned": count(2)},
    },
    "weights": Given(dict, weights),
    "optimizer": Given(dict, optimizer),
    "progress": {
        **dict.fromkeys(("step", "epoch", "position", "symbols", "waited", "rollbacks"), count(0)),
        "seconds": number(0, MAX_COUNT),
        "best": number(-math.inf, math.inf),
        "row_totals": [FINITE] * 4,  # since the last row of the log: steps, and sums of loss, accuracy, gradient norm
        "epoch_totals": [FINITE] * 2,  # in this epoch: sums of loss and accuracy
        "states": Given(list, states),
    },
    "rng": {"seed": count(0), "step": count(0)},
}

# What sampling uses; it reads nothing else.
MODEL_ONLY = CHECKPOINT | {
    "config": {"model": CHECKPOINT["config"]["model"], "options": ANYTHING, "text": ANYTHING},
    **dict.fromkeys(("optimizer", "progress", "rng"), ANYTHING),
}

# A model without a run, out of the file of another program.
WITHOUT_RUN = CHECKPOINT | {
    "config": CHECKPOINT["config"] | {"text": None},
    **dict.fromkeys(("optimizer", "progress", "rng")),
}


def has_run(file: object) -> bool:
    """Whether this is not the checkpoint of a model without a run."""
    return type(file) is not dict or file.get("progress", {}) is not None


# A model without a run, out of another program's file. Its options are those that a new run cannot choose.
WITHOUT_RUN = CHECKPOINT | {
    "config": CHECKPOINT["config"] | {"text": None},
    **dict.fromkeys(("optimizer", "progress", "rng")),
}
