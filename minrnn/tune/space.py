"""The space of a search: which options vary, and what they may be. `--space lr=log:1e-3:1e-2` is one of its axes."""

from argparse import ArgumentTypeError
from typing import NamedTuple

from cells import CELLS

from ..options.kinds import Number, Several, Switch
from ..options.option import MOMENTARY, flag
from ..options.resolve import preset_options
from ..options.table import HELD_OUT, LENGTHS, OWNERS, ROWS, belongs
from ..options.training_options import OUTPUT
from ..system.command import did_you_mean
from ..system.errors import OptionError

# Runs that differ in these cannot be compared, or do not learn differently.
STEADY = {"text", "encoding", "level", "tokeniser", "vocab_size", "lowercase", "letters", "val_symbols", "preset",
          "init_from", "seed", *HELD_OUT, *LENGTHS, *(row.name for row in OUTPUT)}  # fmt: skip
AXES = [name for name, row in ROWS.items() if name not in STEADY and row.resumed != MOMENTARY]
SWITCH = {"on": True, "off": False}


class Axis(NamedTuple):
    """One option: a range from `low` to `high`, or `choices`."""

    name: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple = ()

    def suggest(self, trial) -> object:
        """The value that Optuna chooses for this trial."""
        if self.choices:
            return trial.suggest_categorical(self.name, self.choices)
        suggest = trial.suggest_int if type(self.low) is int else trial.suggest_float
        return suggest(self.name, self.low, self.high, log=self.log)


def axis(text: str) -> Axis:
    """An argument type: NAME=LOW:HIGH, NAME=log:LOW:HIGH or NAME=A,B,C. The table of options checks each value."""
    written, equals, values = text.partition("=")
    name = written.strip().removeprefix("--").replace("-", "_")
    if not equals or not values:
        raise ArgumentTypeError(f"{text!r} is not NAME=LOW:HIGH, NAME=log:LOW:HIGH or NAME=A,B,C")
    if name not in AXES:
        why = "stays the same in all runs" if name in ROWS else f"is no option{did_you_mean(name, AXES)}"
        raise ArgumentTypeError(f"{text!r}: {written} {why}")
    kind = ROWS[name].kind
    try:
        found = ranged(name, kind, values.split(":")) if isinstance(kind, Number) and ":" in values else None
        return found or Axis(name, choices=tuple(several(kind, values)))
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"{text!r}: {error}") from None


def ranged(name: str, kind: Number, parts: list[str]) -> Axis:
    """LOW:HIGH or log:LOW:HIGH."""
    log = parts[0] == "log"
    if len(parts) != 2 + log:
        raise ArgumentTypeError("a range is LOW:HIGH or log:LOW:HIGH")
    low, high = map(kind, parts[log:])
    if not low < high:
        raise ArgumentTypeError(f"the range from {low:g} to {high:g} is empty; give the lower end first")
    if log and low <= 0:
        raise ArgumentTypeError("a logarithmic range begins above 0")
    return Axis(name, low, high, log)


def several(kind: object, values: str) -> list:
    """A,B,C as values of the kind: at least two, all different."""
    if isinstance(kind, Several):
        raise ArgumentTypeError("an option that takes a list cannot vary")
    if isinstance(kind, Switch) and not set(values.split(",")) <= SWITCH.keys():
        raise ArgumentTypeError("an option without a value varies as on,off")
    read = SWITCH.__getitem__ if isinstance(kind, Switch) else kind
    found = [read(value) for value in values.split(",")]
    if len(found) < 2 or len(set(found)) < len(found):
        raise ArgumentTypeError("give at least two different values, or a range LOW:HIGH")
    return found


def check(axes: list[Axis], fixed: dict) -> None:
    """Raises OptionError if an axis is named twice or also fixed, or belongs to nothing that the search can choose."""
    from cells import Bidirectional  # Only here: it imports Numba.

    names = [axis.name for axis in axes]
    cells = [name for axis in axes if axis.name == "cell" for name in axis.choices]
    if len({issubclass(CELLS[name], Bidirectional) for name in cells}) > 1:
        raise OptionError(f"cells {', '.join(cells)} read in one direction and in both: their losses do not compare")
    for axis in axes:
        if names.count(axis.name) > 1 or axis.name in fixed:
            raise OptionError(f"{axis.name} is given twice; give one --space {axis.name}=..., or {flag(axis.name)}")
        for choice, owners in belongs(axis.name).items():
            possible = [v for other in axes if other.name == choice for v in other.choices] or [value(fixed, choice)]
            if not set(possible) & set(owners):
                raise OptionError(
                    f"{flag(axis.name)} belongs to {flag(choice)} {' or '.join(owners)}, "
                    f"not to {' or '.join(possible)}; leave it out of the space"
                )


def choose(axes: list[Axis], fixed: dict, trial) -> dict:
    """What Optuna chooses for this trial; nothing for options that the chosen cell, optimiser or schedule lacks."""
    chosen = {}
    for axis in sorted(axes, key=lambda axis: axis.name not in OWNERS):
        owners = belongs(axis.name).items()
        if all(value(fixed | chosen, choice) in names for choice, names in owners):
            chosen[axis.name] = axis.suggest(trial)
    return chosen


def value(options: dict, name: str) -> object:
    """An option as it is given, by a preset or by default."""
    return {**{name: ROWS[name].default}, **preset_options(options), **options}[name]
