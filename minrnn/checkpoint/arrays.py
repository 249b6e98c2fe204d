"""What a pickled NumPy array names and is made of, as plain stand-ins: nothing is imported or called.

NumPy pickles an array as `_reconstruct(ndarray, (0,), b"b")`, which gets the state
(1, shape, dtype, Fortran order?, bytes). A dtype is `dtype("f4", False, True)`, which gets the state
(3, "<", None, None, None, -1, -1, 0). Of a dtype or an array that is anything else, nothing is made.
"""

import math

import numpy as np


class UnpickleError(ValueError):
    """A pickle that no checkpoint could be."""


# Bytes an element.
KINDS = {"f2": 2, "f4": 4, "f8": 8, "b1": 1} | {f"{sign}{size}": size for sign in "iu" for size in (1, 2, 4, 8)}
PLAIN_STATE = (None, None, None, -1, -1, 0)
MOST_AXES = 8
MOST_BYTES = 2**62


class Name:
    """One of the names that an array needs; it stands for itself only."""


NDARRAY, DTYPE, RECONSTRUCT = Name(), Name(), Name()
NAMES = {
    ("numpy", "ndarray"): NDARRAY,
    ("numpy", "dtype"): DTYPE,
    ("numpy._core.multiarray", "_reconstruct"): RECONSTRUCT,
    ("numpy.core.multiarray", "_reconstruct"): RECONSTRUCT,
}


class Kind:
    """A dtype in the making: `code` is one of KINDS, `order` its byte order once it is known."""

    def __init__(self, code):
        self.code, self.order = code, None


class Blank:
    """An array that has no state yet. It never becomes one: `array` makes that from the state."""


def called(name, arguments):
    """What the call of a name makes, a Kind or a Blank."""
    if name is DTYPE and matches(arguments, (str, bool, bool)):
        code, aligned, copied = arguments
        if code in KINDS and (aligned, copied) == (False, True):
            return Kind(code)
        raise UnpickleError("it has an array of a dtype that no checkpoint has")
    if name is RECONSTRUCT and matches(arguments, (Name, tuple, memoryview)):
        kind, shape, letter = arguments
        if kind is NDARRAY and matches(shape, (int,)) and shape == (0,) and letter == b"b":
            return Blank()
    raise UnpickleError("it makes a call that no array needs")


def order_bytes(kind, state):
    """Gives a Kind its byte order, once."""
    if kind.order or not matches(state, (int, str, *map(type, PLAIN_STATE))):
        raise UnpickleError("it has a dtype that no checkpoint has")
    version, order, *rest = state
    if version != 3 or order not in ("|" if KINDS[kind.code] == 1 else "<", ">") or tuple(rest) != PLAIN_STATE:
        raise UnpickleError("it has a dtype that no checkpoint has")
    kind.order = order


def array(state, spend):
    """The array of a state: a copy of its bytes. `spend` is told how many bytes that takes, before."""
    if not matches(state, (int, tuple, Kind, bool, memoryview)) or state[0] != 1:
        raise UnpickleError("it has an array whose state is none")
    _, shape, kind, fortran, data = state
    if len(shape) > MOST_AXES or not matches(shape, (int,) * len(shape)) or min(shape, default=0) < 0:
        raise UnpickleError("it has an array whose shape is none")
    if kind.order is None:
        raise UnpickleError("it has an array whose dtype has no byte order")
    # Python's integers: no product is too large for them. NumPy multiplies what is not 0.
    if math.prod(shape) * KINDS[kind.code] != len(data) or math.prod(n or 1 for n in shape) > MOST_BYTES // 8:
        raise UnpickleError("it has an array whose shape does not fit its bytes")
    spend(len(data))
    values = np.ndarray(shape, kind.order + kind.code, buffer=data, order="F" if fortran else "C")
    if kind.code == "b1" and data.nbytes and values.view(np.uint8).max() > 1:
        raise UnpickleError("it has an array of truth values that are neither true nor false")
    # A copy in this machine's byte order, as NumPy itself would unpickle it.
    return values.astype(values.dtype.newbyteorder("="), order="K")


def matches(values, types):
    """Whether this is a tuple whose items have exactly these types."""
    return type(values) is tuple and tuple(map(type, values)) == types
