"""Products of large matrices that kernels can call: several of them, and what stands between, are one call then.

A thread that returns from a product to Python waits for Python's lock. Most builds of NumPy bring their own OpenBLAS,
whose product is a function at an address, so a kernel can call it, with the same result to the byte. Where there is no
such function, `in_one_call` leaves a function as it is, and its products are NumPy's. (The products of vectors, where
one of the sizes is 1, may differ in the last bit: NumPy has other functions for them.)
"""

import ctypes
from collections.abc import Callable

import numpy as np
from llvmlite.binding import add_symbol
from numba import njit, types
from numba.extending import overload

from .activations import KERNEL

# OpenBLAS as NumPy builds it: the product of either type, with sizes of 64 bits. See cblas.h for the arguments.
NAMES = {types.float32: "scipy_cblas_sgemm64_", types.float64: "scipy_cblas_dgemm64_"}
BY_ROWS, BY_COLUMNS, PLAIN, TRANSPOSED = 101, 102, 111, 112


def found() -> bool:
    """Whether NumPy has these functions; makes them known to kernels, by the same names."""
    try:
        library = ctypes.CDLL(np._core._multiarray_umath.__file__)
        for name in NAMES.values():
            add_symbol(name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)
    except (AttributeError, OSError):
        return False
    return True


IN_KERNELS = found()


def in_one_call(function: Callable) -> Callable:
    """Compiles a function that calls kernels, `product` and `add_product`, if kernels can call products here."""
    return njit(**KERNEL)(function) if IN_KERNELS else function


def product(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """out (M, N) = a b, for a (M, K), b (K, N). The rows of each matrix are contiguous, or its columns are."""
    np.dot(a, b, out=out)


def add_product(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
    """out += a b, for the same matrices."""
    if out.strides[0] < out.strides[1]:
        a, b, out = b.T, a.T, out.T
    out += np.dot(a, b)


@overload(product)
def compiled_product(a, b, out):
    return lambda a, b, out: gemm(a, b, 0, out)


@overload(add_product)
def compiled_add_product(a, b, out):
    return lambda a, b, out: gemm(a, b, 1, out)


def gemm(a, b, share, out):
    """out = a b + share out; only in kernels."""
    raise NotImplementedError


@overload(gemm)
def compiled_gemm(a, b, share, out):
    real, size = out.dtype, types.int64
    call = types.ExternalFunction(
        NAMES[real],
        types.void(types.int32, types.int32, types.int32, size, size, size, real, types.voidptr, size,
                   types.voidptr, size, real, types.voidptr, size),
    )  # fmt: skip

    def run(a, b, share, out):
        by_rows, distance = layout(out)
        rows_a, distance_a = layout(a)
        rows_b, distance_b = layout(b)
        call(
            BY_ROWS if by_rows else BY_COLUMNS,
            PLAIN if rows_a == by_rows else TRANSPOSED,
            PLAIN if rows_b == by_rows else TRANSPOSED,
            out.shape[0], out.shape[1], a.shape[1],
            1, a.ctypes, distance_a, b.ctypes, distance_b, share, out.ctypes, distance,
        )  # fmt: skip

    return run


@njit(**KERNEL)
def layout(a):
    """Whether the rows of a matrix are contiguous (if not, its columns are), and the distance of one to the next."""
    rows, columns = a.strides[0] // a.itemsize, a.strides[1] // a.itemsize
    return (True, max(rows, a.shape[1])) if columns == 1 else (False, max(columns, a.shape[0]))
