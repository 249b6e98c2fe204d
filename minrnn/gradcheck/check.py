"""Gradients against their reference, element by element.

The reference is the complex step of the naive forward pass in reference.py. A cell without one there is
compared with its own forward pass: by the complex step where that is analytic, see analytic.py, else by
differences, which are coarser. Neither proves that the forward pass is right.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from . import reference
from .differences import differences

# The largest relative error of a right gradient. Differences lose digits: see differences.py.
TOLERANCE = {"complex step": 1e-9, "own complex step": 1e-9, "differences": 1e-7}
# What is written before the name of a gradient, by its group.
PREFIXES = {"parameters": "", "inputs": "input ", "states": "initial "}

Groups = dict[str, dict[str, np.ndarray]]  # {group: {name: array}}


class Check(NamedTuple):
    """What was found. Groups are "parameters", "inputs" (empty for models of one-hot symbols) and "states"."""

    errors: dict[str, dict[str, float]]  # {group: {name: relative error, by reference.relative_error}}
    shapes: dict[str, dict[str, tuple]]  # {group: {name: shape}}
    forward: float | None  # relative difference of the loss to that of the reference, if that is another function
    method: str  # a key of TOLERANCE
    got: Groups | None = None
    expected: Groups | None = None
    symbols: np.ndarray | None = None  # (T, N), what a model has read

    @property
    def tolerance(self) -> float:
        return TOLERANCE[self.method]

    def worst(self, group: str) -> float | None:
        """The largest error of a group; None if it is empty."""
        return worst(self.errors[group].values())

    @property
    def lines(self) -> list[tuple[str, str, float]]:
        """(name, shape, error) of every gradient, and of the loss."""
        lines = [(PREFIXES[group] + name, str(self.shapes[group][name]), error)
                 for group, errors in self.errors.items() for name, error in errors.items()]  # fmt: skip
        # Only a naive forward pass can tell whether ours is right.
        name = "forward (loss)" if self.method == "complex step" else "loss"
        return lines if self.forward is None else [*lines, (name, "", self.forward)]

    @property
    def wrong(self) -> list[str]:
        """The names of all whose error is too large."""
        return [name for name, _, error in self.lines if not error <= self.tolerance]


def worst(errors: Iterable[float | None]) -> float | None:
    """The largest error, where NaN counts as larger than any; None if there is none."""
    return max((e for e in errors if e is not None), key=lambda e: np.inf if np.isnan(e) else e, default=None)


def has_naive_step(name: str) -> bool:
    """Whether reference.py knows this cell."""
    return name.removeprefix("bi") in reference.STEPS


def compare(values: Groups, got: Groups, loss: float | None, loss_of: Callable, method: str) -> Check:
    """The Check of the gradients `got` and the `loss` at `values`, of which None needs no check.

    `loss_of` is the reference: a function of values like these, for real numbers where the `method` is differences,
    for complex numbers and many values at once otherwise.
    """
    derivative = differences if method == "differences" else reference.derivative
    forward = None if loss is None else float(abs(loss - loss_of(values)) / max(1, abs(loss)))
    expected = {group: {} for group in values}
    for group, arrays in values.items():
        if got[group].keys() != arrays.keys():
            raise ValueError(f"gradients of {list(got[group])}; expected those of {list(arrays)}")
        for name, v in arrays.items():

            def with_other(other, group=group, name=name):
                return loss_of({**values, group: {**values[group], name: other}})

            expected[group][name] = derivative(with_other, v)
    largest = np.nanmax([np.abs(g).max() for group in expected.values() for g in group.values()])
    errors = {
        group: {name: float(reference.relative_error(got[group][name], g, largest)) for name, g in gradients.items()}
        for group, gradients in expected.items()
    }
    shapes = {group: {name: v.shape for name, v in arrays.items()} for group, arrays in values.items()}
    return Check(errors, shapes, forward, method, got, expected)


def disturb(params: Iterable[np.ndarray], options: dict, H: int, rng: np.random.Generator) -> None:
    """Adds noise, so that no parameter has a special value, and hard gates are often closed or open.

    Many units get less: a net whose state amplifies itself would amplify rounding errors too.
    """
    noise = (0.8 if options.get("gates") == "hard" else 0.3) * min(1, np.sqrt(6 / H))
    for p in params:
        p += noise * rng.standard_normal(p.shape)


def copies(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: v.copy() for name, v in arrays.items()}
