"""What a checkpoint says of its run, checked before the run goes on: options, optimiser, and where it stands.

All functions raise CheckpointError with what is wrong, for `checkpoint.load` to say of which file. The
model has been checked before: see `check_model`.
"""

import math
import re

import numpy as np

from optim import OPTIMIZERS, SCHEDULES

from ..nn.build import SIZES
from ..options.saved import check_option, short
from ..options.table import DEFAULTS, accepted
from ..system.errors import CheckpointError
from .schema import cell_of, check_arrays, check_names

# Steps, symbols and the like: no run comes that far, and NumPy's integers go farther.
MOST = 10**15


def check_run(saved):
    """Everything of a checkpoint that only a run needs."""
    config, progress = saved["config"], saved["progress"]
    options = check_options(config)
    check_text(config["text"])
    size = sum(w.size for w in saved["weights"].values())
    check_optimizer(saved["optimizer"], options, size)
    check_progress(progress)
    check_states(progress["states"], config["model"], options)
    for name, value in check_names(saved["rng"], ("seed", "step"), "rng").items():
        check_whole(value, f"rng {name}")


def check_options(config):
    """All options, the defaults for those that the checkpoint does not name."""
    for name, value in check_names(config["options"], tuple(DEFAULTS), "options", ()).items():
        check_option(name, value)
    for name in SIZES:
        if name in config["options"] and config["model"].get(name, DEFAULTS[name]) != config["options"][name]:
            raise CheckpointError(f"its options and its model do not agree about {name}")
    return DEFAULTS | config["options"]


def check_text(text):
    check_names(text, ("symbols", "sha256", "learned"), "text", ("symbols", "sha256"))
    for name in set(text) - {"sha256"}:
        check_whole(text[name], f"number of {name} of the text")
    if type(text["sha256"]) is not str or not re.fullmatch("[0-9a-f]{64}", text["sha256"]):
        raise CheckpointError("its text has no SHA-256")


def check_optimizer(saved, options, size):
    """The state of the optimiser and the schedule: all that theirs have, and nothing else."""
    kind = OPTIMIZERS[options["optimizer"]]
    check_names(saved, ("steps", "schedule", *kind.slots), "optimizer")
    check_whole(saved["steps"], "optimizer's steps")
    for name, v in check_arrays({name: saved[name] for name in kind.slots}, "optimizer's", 1).items():
        if v.size != size:
            raise CheckpointError(f"its optimizer's {name} has {v.size} numbers; its model has {size} weights")
    kind = SCHEDULES[options["schedule"]]
    fresh = kind(1.0, **accepted(kind, options)).state()
    for name, value in check_names(saved["schedule"], tuple(fresh), "schedule").items():
        check = check_whole if type(fresh[name]) is int else check_real
        check(value, f"schedule's {name}")


def check_progress(progress):
    """Where the run stands, and what it remembers of its last steps."""
    whole, totals = (
        ("step", "epoch", "position", "symbols", "waited", "rollbacks"),
        {"row_totals": 4, "epoch_totals": 2},
    )
    check_names(progress, (*whole, *totals, "seconds", "best", "states"), "progress")
    for name in whole:
        check_whole(progress[name], f"progress {name}")
    check_real(progress["best"], "progress best")
    if not 0 <= check_real(progress["seconds"], "progress seconds") <= MOST:
        raise CheckpointError(f"its progress seconds is {short(progress['seconds'])}")
    for name, size in totals.items():
        values = progress[name]
        usable = type(values) is list and len(values) == size and set(map(type, values)) <= {int, float}
        if not usable or not all(map(math.isfinite, values)):
            raise CheckpointError(f"its progress {name} is no list of {size} finite numbers")


def check_states(states, model, options):
    """The hidden states: for every shard a list with the state of every layer, for the rows of that shard."""
    layers = model.get("layers", DEFAULTS["layers"])
    arrays = [np.zeros((1, model.get("hidden", DEFAULTS["hidden"])))] * len(cell_of(model).states)
    like = tuple(arrays) if len(arrays) > 1 else arrays[0]
    rows = []
    if type(states) is not list or not all(type(shard) is list and len(shard) == layers for shard in states):
        raise CheckpointError("its progress states is no list of states of its layers")
    for shard in states:
        found = {N for state in shard for N in state_rows(state, like)}
        if len(found) != 1:
            raise CheckpointError("its progress states has layers with different rows")
        rows += found
    N, n = sum(rows), len(rows)
    cut = [N // n + (k < N % n) for k in range(n)] if n else []
    if not 1 <= N <= options["batch_size"] or n != min(options["shards"] or 0, N) or rows != cut:
        raise CheckpointError(f"its progress states are of {len(rows)} shards and {N} rows, which its options are not")


def state_rows(state, like):
    """How many rows each array of a state has; `like` is such a state of one row."""
    if type(like) is tuple:
        if type(state) is not tuple or len(state) != len(like):
            raise CheckpointError(f"its progress states has a state that is no tuple of {len(like)}")
        return [N for part, of in zip(state, like) for N in state_rows(part, of)]
    check_arrays({"states": state}, "progress", like.ndim)
    if state.shape[1:] != like.shape[1:]:
        raise CheckpointError(f"its progress states has one of shape {state.shape}; expected (rows, {like.shape[1]})")
    return [len(state)]


def check_rows(saved, N):
    """Raises CheckpointError unless the states are those of N rows: what the text and the options of the run fill."""
    rows = sum(len(shard[0][0] if type(shard[0]) is tuple else shard[0]) for shard in saved["progress"]["states"])
    if rows != N:
        raise CheckpointError(f"the checkpoint's states are of {rows} rows, but its text and options fill {N}")


def check_whole(value, what):
    if type(value) is not int or not 0 <= value <= MOST:
        raise CheckpointError(f"its {what} is {short(value)}; expected a whole number, 0 or more")


def check_real(value, what):
    """The value, a float that is a number; `best` begins with infinity."""
    if type(value) not in (int, float) or math.isnan(value):
        raise CheckpointError(f"its {what} is {short(value)}; expected a number")
    return value
