"""The product x Wx, where x may be vectors or symbol ids.

A symbol id stands for a one-hot row. Multiplying a one-hot row by Wx selects a row of Wx, so the product
is a gather, and its gradient adds each row of da to the row that was selected. The kernels of the cells do
both step by step, while the data is in the processor's cache. Vectors are multiplied for all time steps at
once: before the forward steps, and after the backward steps.

    (1)  out[t] = x[t] Wx;  for a symbol k: row k of Wx
    (1') dWx = sum_t x[t]^T da[t],  dx[t] = da[t] Wx^T
         for symbols: dWx[k] = sum of the rows of da where the symbol is k; no dx
"""

import numpy as np
from numba import njit

from .activations import KERNEL

NO_SYMBOLS = np.empty((0, 0), np.intp)


def flat(v: np.ndarray) -> np.ndarray:
    """A view of v (T, N, K) as (T*N, K)."""
    return v.reshape(-1, v.shape[-1])


def within(symbols: np.ndarray, V: int, name: str) -> None:
    """Raises ValueError unless all symbols (T, N) are from 0 to V - 1: kernels check no bounds."""
    if not all_within(symbols, V):
        raise ValueError(f"{name} has symbols from {symbols.min()} to {symbols.max()}; expected 0 to {V - 1}")


@njit(**(KERNEL | {"nogil": False}))  # Too short: waiting for the lock afterwards would take longer.
def all_within(symbols, V):
    """Whether all symbols (T, N) are from 0 to V - 1."""
    inside = True
    for row in symbols:
        for k in row:
            inside &= 0 <= k < V
    return inside


def symbols_of(x: np.ndarray) -> np.ndarray:
    """x (T, N) if it is symbols, for `gather_step` and `scatter_step`; an empty array if x is vectors."""
    return x if x.ndim == 2 else NO_SYMBOLS


def project(x: np.ndarray, Wx: np.ndarray, out: np.ndarray) -> None:
    """out (T, N, K) = x Wx for vectors x (T, N, D), Wx (D, K). Does nothing for symbols: see `gather_step`."""
    if x.ndim == 3:
        np.dot(flat(x), Wx, out=flat(out))  # (1)


def project_backward(
    x: np.ndarray, da: np.ndarray, Wx: np.ndarray, dWx: np.ndarray, dx: np.ndarray
) -> np.ndarray | None:
    """dWx += x^T da, and dx = da Wx^T, which it returns, for vectors and da (T, N, K).

    For symbols it does nothing and returns None: see `scatter_step`.
    """
    if x.ndim == 2:
        return None
    dWx += flat(x).T @ flat(da)  # (1')
    np.dot(flat(da), Wx.T, out=flat(dx))  # (1')
    return dx


@njit(**KERNEL)
def gather_step(x, t, Wx, out):
    """out (N, K) = x[t] Wx for symbols x (T, N); an empty x leaves out unchanged."""
    if len(x):
        gather(x[t], Wx, out)


@njit(**KERNEL)
def scatter_step(x, t, da, dWx):
    """dWx += x[t]^T da, da (N, K), for symbols x (T, N); an empty x leaves dWx unchanged."""
    if len(x):
        scatter_add(x[t], da, dWx)


@njit(**KERNEL)
def add_rows(v, out):
    """out (K,) += the sum of the rows of v (N, K): one step of the gradient of a bias."""
    for row in range(len(v)):
        for j in range(out.size):
            out[j] += v[row, j]


@njit(**KERNEL)
def gather(rows, v, out):
    """out[k] = v[rows[k]] for every k."""
    for k in range(rows.size):
        target, source = out[k], v[rows[k]]
        for j in range(source.size):
            target[j] = source[j]  # (1)


@njit(**KERNEL)
def scatter_add(rows, v, out):
    """out[rows[k]] += v[k] for every k."""
    for k in range(rows.size):
        target, source = out[rows[k]], v[k]
        for j in range(source.size):
            target[j] += source[j]  # (1')
