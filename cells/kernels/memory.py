"""Arrays that are aligned to the lines of the processor's cache: a vector that spans two lines is read twice."""

import math

import numpy as np

LINE = 64  # bytes


def empty(shape: tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
    """np.empty(shape, dtype) whose first element is at the start of a cache line."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    return memory[start : start + size].view(dtype).reshape(shape)
