"""Arrays that are aligned to the lines of the processor's cache: a vector that spans two lines is read twice."""

import math

import numpy as np

LINE = 64  # bytes


def empty(shape: tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
    """np.empty(shape, dtype) whose first element is at the start of a cache line."""
    return aligned(np.empty, shape, dtype)


def zeros(shape: tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
    """The same for np.zeros: the machine makes each page of memory zero when it is first used."""
    return aligned(np.zeros, shape, dtype)


def aligned(make, shape, dtype):
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = make(size + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + size].view(dtype).reshape(shape)
