"""Arrays of floats out of a pickle. Stand-ins take the places of NumPy's functions: nothing is imported or called.

NumPy pickles an array as `_reconstruct(ndarray, (0,), b"b")`, which gets the state
(1, shape, dtype, Fortran order?, bytes). A dtype is `dtype("f4", False, True)`, which gets the state
(3, "<", None, None, None, -1, -1, 0). Anything else that a pickle says of an array or a dtype is refused.
"""

import math
from collections.abc import Callable

import numpy as np


class UnpickleError(ValueError):
    """A pickle that cannot be a checkpoint."""


ITEM_SIZES = {"f2": 2, "f4": 4, "f8": 8}
PLAIN_STATE = (None, None, None, -1, -1, 0)
MAX_AXES = 8
MAX_SIZE = 2**59  # NumPy counts bytes in 64 bits.


class Name:
    """One of the names that an array needs; it stands for itself only."""


NDARRAY, DTYPE, RECONSTRUCT = Name(), Name(), Name()
NAMES = {
    ("numpy", "ndarray"): NDARRAY,
    ("numpy", "dtype"): DTYPE,
    ("numpy._core.multiarray", "_reconstruct"): RECONSTRUCT,
    ("numpy.core.multiarray", "_reconstruct"): RECONSTRUCT,
}


class DType:
    """A dtype: its `code` is one of ITEM_SIZES, its byte `order` is None until its state has come."""

    def __init__(self, code: str):
        self.code, self.order = code, None


class NoArray:
    """What stands for an array until its state has come, from which `make_array` makes it."""


def call(name: object, arguments: object) -> DType | NoArray:
    """What a call in the pickle makes. Raises UnpickleError unless it is one of the two above."""
    if name is DTYPE and matches(arguments, str, bool, bool):
        code, aligned, copied = arguments
        if code in ITEM_SIZES and (aligned, copied) == (False, True):
            return DType(code)
        raise UnpickleError("it has an array of a dtype that no checkpoint has")
    if name is RECONSTRUCT and matches(arguments, Name, tuple, memoryview):
        kind, shape, letter = arguments
        if kind is NDARRAY and matches(shape, int) and shape == (0,) and letter == b"b":
            return NoArray()
    raise UnpickleError("it makes a call that no array needs")


def set_order(dtype: DType, state: object) -> DType:
    """The dtype, with the byte order that its state gives it, once."""
    fits = not dtype.order and matches(state, int, str, *map(type, PLAIN_STATE))
    if not fits or state[0] != 3 or state[1] not in ("<", ">") or state[2:] != PLAIN_STATE:
        raise UnpickleError("it has a dtype that no checkpoint has")
    dtype.order = state[1]
    return dtype


def make_array(state: object, spend: Callable[[int], None], copy: bool) -> np.ndarray:
    """The array of a state: a copy of its bytes in this machine's order, or else a view of the pickle's.

    `spend` is told beforehand how many bytes a copy takes.
    """
    if not matches(state, int, tuple, DType, bool, memoryview) or state[0] != 1:
        raise UnpickleError("it has an array without a proper state")
    _, shape, dtype, fortran, data = state
    if len(shape) > MAX_AXES or not matches(shape, *[int] * len(shape)) or min(shape, default=0) < 0:
        raise UnpickleError("it has an array without a proper shape")
    if dtype.order is None:
        raise UnpickleError("it has an array whose dtype has no byte order")
    # Python's integers do not overflow. NumPy multiplies the axes that are not 0.
    if math.prod(shape) * ITEM_SIZES[dtype.code] != len(data) or math.prod(n or 1 for n in shape) > MAX_SIZE:
        raise UnpickleError("it has an array whose shape does not fit its bytes")
    spend(len(data))
    values = np.ndarray(shape, dtype.order + dtype.code, buffer=data, order="F" if fortran else "C")
    return values.astype(values.dtype.newbyteorder("="), order="K") if copy else values


def matches(values: object, *types: type) -> bool:
    """Whether this is a tuple whose items have exactly these types."""
    return type(values) is tuple and tuple(map(type, values)) == types
