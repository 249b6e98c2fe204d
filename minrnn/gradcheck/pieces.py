"""One gate of a gradient, and the values that a cell keeps from its forward pass."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


class Piece(NamedTuple):
    """One gate's columns of a part; for a matrix the row that shows most, as all rows hold the same da."""

    array: str
    letter: str  # "" for an array that is not cut into gates
    source: str
    got: np.ndarray  # (source elements, columns)
    expected: np.ndarray
    right: bool


def kept(v) -> Iterator[np.ndarray]:
    """All arrays of numbers in what a cell keeps."""
    if isinstance(v, np.ndarray):
        if v.dtype.kind == "f" and v.size:
            yield v
    elif isinstance(v, dict):
        for key, part in v.items():
            if key not in ("params", "grads"):
                yield from kept(part)
    elif isinstance(v, list | tuple):
        for part in v:
            yield from kept(part)
