"""Reads pickles of built-ins and NumPy arrays, as `pickle.dumps(..., protocol=4)` writes them, and no others."""

import numpy as np

from .arrays import UnpickleError
from .machine import Machine

MAX_DEPTH = 32
CONTAINERS = (dict, list, tuple)
LEAVES = (str, int, float, bool, type(None), np.ndarray)


def loads(data: bytes | bytearray | memoryview, copy: bool = True) -> object:
    """The value whose pickle fills all of `data`. Raises UnpickleError and nothing else.

    Its arrays are copies, or else read-only views of `data` in the byte order that they have there.
    """
    value = Machine(memoryview(data).toreadonly(), copy).run()
    check_tree(value)
    return value


def check_tree(value: object) -> None:
    """Raises UnpickleError where a value is nested too deeply, or holds a stand-in of arrays.py."""
    level = [[value]]
    for _ in range(MAX_DEPTH):
        inner = []
        for items in level:
            for item in items:
                kind = type(item)
                if kind in CONTAINERS:
                    inner.append(item.values() if kind is dict else item)
                elif kind not in LEAVES:
                    raise UnpickleError("it holds what is no part of a checkpoint")
        level = inner
        if not level:
            return
    raise UnpickleError(f"it is nested more than {MAX_DEPTH} deep")
