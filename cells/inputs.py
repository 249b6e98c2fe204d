"""The product x @ Wx for all time steps at once, where x may be vectors or symbols.

Symbols (an integer array) stand for one-hot rows. Multiplying by a one-hot row picks a row of Wx,
so that product is a gather, and its gradient adds each row of da to the row that was picked.

    (1)  out[t] = x[t] Wx                 a row of a symbol k: row k of Wx
    (1') dWx = sum_t x[t]^T da[t],  dx[t] = da[t] Wx^T
         of symbols: dWx[k] = sum of the rows of da where the symbol is k; no dx
"""

import numpy as np
from numba import njit

from .activations import KERNEL


def flat(v):
    """(T, N, K) seen as (T*N, K)."""
    return v.reshape(-1, v.shape[-1])


def within(symbols, V, name):
    """Raises ValueError where not all symbols are from 0 to V - 1: the kernels look at no bounds."""
    # Seen as unsigned, a negative number is a huge one: one pass instead of two.
    if symbols.size and symbols.view(f"u{symbols.itemsize}").max() >= V:
        raise ValueError(f"{name} has symbols from {symbols.min()} to {symbols.max()}; expected 0 to {V - 1}")


def project(x, Wx, out):
    """out = x @ Wx: x (T, N, D) or integers (T, N) below D; Wx (D, K); out (T, N, K)."""
    if x.ndim == 2:
        gather(x.ravel(), Wx, flat(out))
    else:
        np.dot(flat(x), Wx, out=flat(out))


def project_backward(x, da, Wx, dWx, dx):
    """Given da (T, N, K): dWx += x^T da, and dx = da @ Wx^T (None for symbols, which have none)."""
    if x.ndim == 2:
        scatter_add(x.ravel(), flat(da), dWx)
        return None
    dWx += flat(x).T @ flat(da)  # (1')
    np.dot(flat(da), Wx.T, out=flat(dx))  # (1')
    return dx


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
