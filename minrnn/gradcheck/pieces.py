"""One gate of a gradient, and the values that a cell keeps from its forward pass."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .rules import listed


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


def block(wrong: list[Piece], piece: Piece) -> str:
    """The gate of all arrays that are wrong there, or the arrays."""
    if piece.array.endswith("_next"):
        return piece.array
    arrays = listed(p.array for p in wrong if p.letter == piece.letter)
    return f"block {piece.letter} of {arrays}" if piece.letter else arrays


def place(piece: Piece) -> str:
    """Where a piece is computed."""
    if piece.letter:
        return f"da_{piece.letter}"
    return f"{piece.array}, what a step hands to the step before it" if piece.array.endswith("_next") else "da"


def nameless(text: str | None) -> str | None:
    """Values without a name are called y0, y1, ...: without their numbers."""
    return text and re.sub(r"\by\d+\b", "y", text)
