"""Memory that begins where a line of the cache does: a vector that lies across two lines is read twice."""

import math

import numpy as np

LINE = 64  # bytes


def empty(shape, dtype):
    """np.empty(shape, dtype) whose first element stands at the beginning of a cache line."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + size].view(dtype).reshape(shape)
