"""Gradients against their judge, element by element.

The judge is the complex step of the naive forward pass in reference.py. A cell that has none there is
judged by differences of its own forward pass: coarser, and no proof that the forward pass is right.
"""

from typing import NamedTuple

import numpy as np

from cells import CELLS, Bidirectional

from ..gradcheck import reference
from .differences import differences

# The largest relative error of a right gradient. Differences lose digits: see differences.py.
TOLERANCE = {"complex step": 1e-9, "differences": 1e-7}
# What stands before the name of a gradient, by its group.
KINDS = {"parameters": "", "inputs": "input ", "states": "initial "}


class Check(NamedTuple):
    """What was found. Groups are "parameters", "inputs" (of models: none if symbols are one-hot) and "states"."""

    errors: dict  # {group: {name: relative error, by reference.relative_error}}
    shapes: dict  # {group: {name: shape}}
    forward: float | None  # relative difference to the loss of the naive forward pass, if there is one
    method: str  # a key of TOLERANCE

    @property
    def tolerance(self):
        return TOLERANCE[self.method]

    def worst(self, group):
        """The largest error of a group; None if it is empty."""
        return worst(self.errors[group].values())

    @property
    def wrong(self):
        """The names, each with its kind, of what is not as small as it must be."""
        all_errors = [(KINDS[group] + name, e) for group, errors in self.errors.items() for name, e in errors.items()]
        all_errors += [("forward (loss)", self.forward)] * (self.forward is not None)
        return [name for name, e in all_errors if not e <= self.tolerance]

    @property
    def passed(self):
        return not self.wrong


def worst(errors):
    """The largest of them, but None; what is not a number is larger than any. None if there is none."""
    return max((e for e in errors if e is not None), key=lambda e: np.inf if np.isnan(e) else e, default=None)


def naive_name(name):
    """What reference.run_cell calls this cell, or None."""
    known = name.removeprefix("bi") in reference.STEPS
    return name if known else None


def width(name, H):
    """How many columns the output of a cell has, or that of a model below its softmax."""
    return 2 * H if issubclass(CELLS[name], Bidirectional) else H


def compare(values, got, own_loss, naive_loss):
    """The Check of the gradients `got` at `values`, both {group: {name: array}}; naive_loss may be None."""
    method, derivative = ("complex step", reference.derivative) if naive_loss else ("differences", differences)
    judge = naive_loss or own_loss
    loss = own_loss(values)
    forward = float(abs(loss - naive_loss(values)) / max(1, abs(loss))) if naive_loss else None
    expected = {group: {} for group in values}
    for group, arrays in values.items():
        if got[group].keys() != arrays.keys():
            raise ValueError(f"gradients of {list(got[group])}; expected those of {list(arrays)}")
        for name, v in arrays.items():

            def with_other(other, group=group, name=name):
                return judge({**values, group: {**values[group], name: other}})

            expected[group][name] = derivative(with_other, v)
    largest = np.nanmax([np.abs(g).max() for group in expected.values() for g in group.values()])
    errors = {
        group: {name: float(reference.relative_error(got[group][name], g, largest)) for name, g in gradients.items()}
        for group, gradients in expected.items()
    }
    shapes = {group: {name: v.shape for name, v in arrays.items()} for group, arrays in values.items()}
    return Check(errors, shapes, forward, method)


def disturb(params, options, H, rng):
    """Leaves no parameter at a special value, and hard gates often closed or open.

    Many units are disturbed less: a net whose state amplifies itself would amplify rounding too.
    """
    noise = (0.8 if options.get("gates") == "hard" else 0.3) * min(1, np.sqrt(6 / H))
    for p in params:
        p += noise * rng.standard_normal(p.shape)


def copies(arrays):
    return {name: v.copy() for name, v in arrays.items()}
