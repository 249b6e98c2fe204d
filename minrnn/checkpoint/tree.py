"""Compares what a file holds with the tree that is expected of it.

A tree is
    {name: tree, ...}      a dict with these names and no others; what is `Optional` may be missing
    [tree, ...]            a list of as many values
    (tree, ...)            a tuple of as many values
    Given(type, make)      a value of that type, as the tree says that `make` makes of the whole file
    Value(expected, test)  any value that passes the test
    a number or a text     this value

A dict is compared in the order of its tree, so that `make` can rely on what stands before it. Types must be exactly
the same: a subclass, or a NumPy number in place of a float, is refused.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..options.saved import short
from ..system.errors import CheckpointError

Tree = object  # One of those above.
# Steps, symbols and the like: no run gets that far, and NumPy's integers go further.
MAX_COUNT = 10**15
MAX_FLOAT = float(np.finfo(np.float32).max)


class NotFiniteError(CheckpointError):
    """A float that should be finite is not; or one in an array is not."""


class Optional(NamedTuple):
    tree: Tree


class Given(NamedTuple):
    type: type
    make: Callable[[dict], Tree]


class Value(NamedTuple):
    expected: str
    test: Callable[[object], bool]


def compare(value: object, tree: Tree, name: str = "it", file: dict | None = None) -> None:
    """Raises CheckpointError unless the value is as the tree says.

    It is the `file`, or a part of it, which the message calls `name`. A `make` or a `test` may raise ValueError, too.
    """
    file = value if file is None else file
    kind = tree.type if isinstance(tree, Given) else type(tree)
    if isinstance(tree, Value):
        if not tree.test(value):
            if not is_finite(value):
                raise NotFiniteError(f"{name} is not finite")
            raise CheckpointError(f"{name} is {shown(value)}; expected {tree.expected}")
    elif type(value) is not kind:
        raise CheckpointError(f"{name} is {shown(value)}; expected a {kind.__name__}")
    elif isinstance(tree, Given):
        compare(value, tree.make(file), name, file)
    elif isinstance(tree, dict):
        for key, part in tree.items():
            inner = f"its {key}" if name == "it" else f"{name}.{key}"
            if key in value:
                compare(value[key], part.tree if isinstance(part, Optional) else part, inner, file)
            elif not isinstance(part, Optional):
                raise CheckpointError(f"{inner} is missing")
        for key in value:
            if key not in tree:
                raise CheckpointError(f"{name} has {short(key)}, which this minrnn does not know")
    elif type(tree) in (list, tuple):
        if len(value) != len(tree):
            raise CheckpointError(f"{name} has {len(value)} values; expected {len(tree)}")
        for k, (item, part) in enumerate(zip(value, tree)):
            compare(item, part, f"{name}.{k}", file)
    elif value != tree:
        raise CheckpointError(f"{name} is {shown(value)}; expected {shown(tree)}")


def shown(value: object) -> str:
    return f"{value.dtype} of shape {value.shape}" if type(value) is np.ndarray else short(value)


def is_finite(value: object) -> bool:
    """False for a NaN or infinite float, and for an array that has one."""
    can_be_nan = type(value) is float or (type(value) is np.ndarray and value.dtype.kind == "f")
    return not can_be_nan or bool(np.isfinite(value).all())


def count(least: int) -> Value:
    """A whole number from `least` on."""
    return Value(f"a whole number from {least} on", lambda v: type(v) is int and least <= v <= MAX_COUNT)


def number(low: float, high: float) -> Value:
    """An int or a float from low to high, which NaN is not."""
    return Value(f"a number from {low:g} to {high:g}", lambda v: type(v) in (int, float) and low <= v <= high)


def floats(*shape: int) -> Value:
    """An array of this shape, of floats that float32 can hold."""

    def test(v):
        if type(v) is not np.ndarray or v.dtype.kind != "f" or v.shape != shape:
            return False
        # Without a temporary array. A NaN would be minimum and maximum, and no comparison with it is true.
        return not v.size or max(-float(v.min()), float(v.max())) <= MAX_FLOAT

    return Value(f"finite floats of shape {shape}", test)


def like(value: object, size: int) -> Tree:
    """The tree of a state, from that of a new object for a single weight; its vectors are to have `size` elements.

    A state is a dict of ints, floats, vectors and such dicts. A float may be infinite if it begins so.
    """
    if isinstance(value, dict):
        return {name: like(part, size) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        return floats(size)
    return count(0) if isinstance(value, int) else number(-math.inf, math.inf) if math.isinf(value) else FINITE


FINITE = Value("a finite number", lambda v: type(v) in (int, float) and math.isfinite(v))
