"""Whole Jacobians of one row: how every gradient follows from each element of each gradient that comes in.

The backward pass is linear in what it is given, dh (T, 1, W) and the gradient of the last state. One call for every
unit vector tells the whole map. A few steps of one row need milliseconds, and show much more than one error for
each array: which source, which step and which gate is wrong.
"""

from typing import NamedTuple

import numpy as np

from ..own_cell.states import State
from . import reference
from .check_cell import Bench
from .differences import differences_of_many

# How close a right Jacobian is, relative to its largest element.
CLOSE = {"complex step": 1e-9, "own complex step": 1e-9, "differences": 1e-6}


class Part(NamedTuple):
    """How one array follows from one source. `got`, `expected`: (source elements, *shape of the array)."""

    group: str  # "parameters", "inputs" or "states"
    name: str  # of the array, "x" or "state.0"
    source: str  # "h[t]" for dh[t] or "state.0"
    got: np.ndarray
    expected: np.ndarray
    close: float  # the largest error of a right one

    @property
    def right(self) -> bool:
        return bool(np.abs(self.got - self.expected).max(initial=0) <= self.close)

    @property
    def lost(self) -> bool:
        """Whether nothing arrives where something should."""
        return not self.right and bool(np.abs(self.got).max() <= self.close)


def parts(bench: Bench) -> list[Part]:
    """All of a bench with one row: for each array and each source."""
    T, N, W = bench.dh.shape
    slices = {f"h[{t}]": slice(t * N * W, (t + 1) * N * W) for t in range(T)}
    at = T * N * W
    for path, part in bench.dlast.items():
        slices[path] = slice(at, at + part.size)
        at += part.size
    got, expected, found = ours(bench, at), theirs(bench), []
    largest = max(np.abs(v).max() for arrays in expected.values() for v in arrays.values())
    for group, arrays in expected.items():
        for name, v in arrays.items():
            # Behind closed gates a gradient may be small and lose digits: relative to the largest of all.
            close = CLOSE[bench.source.method] * max(np.abs(v).max(), 1e-3 * largest)
            for source, at in slices.items():
                found.append(Part(group, name, source, got[group][name][at], v[at], close))
    return found


def ours(bench: Bench, size: int) -> dict[str, dict[str, np.ndarray]]:
    """{group: {name: (size, *shape)}} by the backward pass of the cell: one call for every element of h and state."""
    found: dict = {}
    for k in range(size):
        unit = np.zeros(size)
        unit[k] = 1
        dh, rest = unit[: bench.dh.size].reshape(bench.dh.shape), unit[bench.dh.size :]
        dlast: dict[str, State] = {}
        for path, part in bench.dlast.items():
            dlast[path], rest = rest[: part.size].reshape(part.shape), rest[part.size :]
        for group, arrays in bench.gradients(dh, dlast).items():
            for name, v in arrays.items():
                found.setdefault(group, {}).setdefault(name, []).append(np.array(v))
    return {group: {name: np.array(v) for name, v in arrays.items()} for group, arrays in found.items()}


def theirs(bench: Bench) -> dict[str, dict[str, np.ndarray]]:
    """The same by the reference: one or six forward passes for every element of every array."""
    values = bench.values()

    def outputs(group, name, v):
        h, last = bench.reference({**values, group: {**values[group], name: v}})
        return np.concatenate([np.asarray(part).ravel() for part in (*h, *last)])

    def complex_step(f, v):
        rows = []
        for k in np.ndindex(v.shape):
            moved = v.astype(complex)
            moved[k] += 1j * reference.STEP
            rows.append(f(moved).imag / reference.STEP)
        return np.array(rows).T.reshape(-1, *v.shape)

    derivative = differences_of_many if bench.source.run is None else complex_step
    return {
        group: {
            name: derivative(lambda v, group=group, name=name: outputs(group, name, v), v) for name, v in some.items()
        }
        for group, some in values.items()
    }
