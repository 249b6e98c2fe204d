"""The parts of a run that learn with the model: what the section `optimizer` of a checkpoint keeps.

A part has `state()`, a dict of ints, floats and flat vectors of one element for every weight, and
`load_state(state)`. Another part is one more line in `make_parts`.
"""

from optim import AVERAGES, OPTIMIZERS, SCHEDULES

from ..nn.matrices import Places
from ..options.table import accepted


def make_parts(options: dict, size: int, matrices: Places = ()) -> dict:
    """{name: part} of a new run with these options, for a model of `size` weights, with these matrices among them."""
    optimizer, schedule = OPTIMIZERS[options["optimizer"]], SCHEDULES[options["schedule"]]
    parts = {
        "optimizer": optimizer(size, options["lr"], **accepted(optimizer, options | {"matrices": matrices})),
        "schedule": schedule(options["lr"], **accepted(schedule, options)),
    }
    for name in AVERAGES:
        if options[name]:
            parts["average"] = AVERAGES[name](size, options[name])
    return parts


def state_of(parts: dict) -> dict:
    """The section of a checkpoint: the state of the optimiser, and in it that of each other part under its name."""
    states = {name: part.state() for name, part in parts.items()}
    return states.pop("optimizer") | states


def load_parts(parts: dict, section: dict) -> None:
    """Gives the parts back what `state_of` made of them."""
    for name, part in parts.items():
        part.load_state(section if name == "optimizer" else section[name])
