"""The product x Wx, where x may be vectors or symbols.

Symbols (an integer array) stand for one-hot rows. Multiplying by a one-hot row picks a row of Wx,
so that product is a gather, and its gradient adds each row of da to the row that was picked. The
kernels of the cells do both step by step, while what they read and write is in the cache. Vectors
are multiplied for all time steps at once, before and after.

    (1)  out[t] = x[t] Wx                 a row of a symbol k: row k of Wx
    (1') dWx = sum_t x[t]^T da[t],  dx[t] = da[t] Wx^T
         of symbols: dWx[k] = sum of the rows of da where the symbol is k; no dx
"""

import numpy as np
from numba import njit

from .activations import KERNEL

NO_SYMBOLS = np.empty((0, 0), np.intp)


def flat(v):
    """(T, N, K) seen as (T*N, K)."""
    return v.reshape(-1, v.shape[-1])


def within(symbols, V, name):
    """Raises ValueError where not all symbols are from 0 to V - 1: the kernels look at no bounds."""
    if not all_within(symbols, V):
        raise ValueError(f"{name} has symbols from {symbols.min()} to {symbols.max()}; expected 0 to {V - 1}")


@njit(**(KERNEL | {"nogil": False}))  # So short that waiting for the lock again would take longer.
def all_within(symbols, V):
    """Whether all symbols (T, N) are from 0 to V - 1."""
    inside = True
    for row in symbols:
        for k in row:
            inside &= 0 <= k < V
    return inside


def symbols_of(x):
    """What `gather_step` and `scatter_step` read: x (T, N) if it is symbols; nothing if it is vectors."""
    return x if x.ndim == 2 else NO_SYMBOLS


def project(x, Wx, out):
    """out = x Wx for vectors: x (T, N, D), Wx (D, K), out (T, N, K). Symbols are left to `gather_step`."""
    if x.ndim == 3:
        np.dot(flat(x), Wx, out=flat(out))  # (1)


def project_backward(x, da, Wx, dWx, dx):
    """Given da (T, N, K) of vectors: dWx += x^T da, and dx = da Wx^T. Of symbols, left to `scatter_step`: None."""
    if x.ndim == 2:
        return None
    dWx += flat(x).T @ flat(da)  # (1')
    np.dot(flat(da), Wx.T, out=flat(dx))  # (1')
    return dx


@njit(**KERNEL)
def gather_step(x, t, Wx, out):
    """out (N, K) = x[t] Wx of symbols x (T, N); where there are none, out is left as it is."""
    if len(x):
        gather(x[t], Wx, out)


@njit(**KERNEL)
def scatter_step(x, t, da, dWx):
    """dWx += x[t]^T da, da (N, K), of symbols x (T, N)."""
    if len(x):
        scatter_add(x[t], da, dWx)


@njit(**KERNEL)
def add_rows(v, out):
    """out (K,) += the sum of the rows of v (N, K): what a step adds to the gradient of a bias."""
    for n in range(len(v)):
        for j in range(out.size):
            out[j] += v[n, j]


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
