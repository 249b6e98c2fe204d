"""Reads pickles of built-ins and arrays of floats, as `pickle.dumps(..., protocol=4)` writes them, and no others."""

from collections.abc import Iterable

import numpy as np

from .arrays import UnpickleError
from .machine import Machine

MAX_DEPTH = 32
CONTAINERS = (dict, list, tuple)
LEAVES = (str, int, float, bool, type(None), np.ndarray)


def loads(data: bytes | bytearray | memoryview, copy: bool = True) -> object:
    """The value whose pickle fills all of `data`. Raises UnpickleError and nothing else.

    Its arrays are copies in this machine's byte order, or else read-only views of `data`.
    """
    value = Machine(memoryview(data).toreadonly(), copy).run()
    check([value], MAX_DEPTH)
    return value


def check(items: Iterable, depth: int) -> None:
    """Raises UnpickleError where values are nested deeper than this, or hold a stand-in of arrays.py."""
    for item in items:
        kind = type(item)
        if kind in CONTAINERS:
            if not depth:
                raise UnpickleError(f"it is nested more than {MAX_DEPTH} deep")
            check(item.values() if kind is dict else item, depth - 1)
        elif kind not in LEAVES:
            raise UnpickleError("it holds something that is not part of a checkpoint")
