"""The product of a few rows with a large matrix that stays the same for many steps: h[t-1] Wh.

A general matrix product copies the matrix into a faster order at every call. For the 25 rows of one time
step, that takes a third as long as the product. Here the matrix is copied once for all steps of a sequence,
into panels: columns 0 .. LANES - 1 from top to bottom, then the next LANES columns, so that memory is read
from start to end. The last panel is full, too: it ends with the matrix and repeats columns of the panel
before. As nothing here calls Python, the kernels of a cell run a whole sequence in one call.

Every element of the result is summed over k = 0, 1, ... in that order, whatever the number of rows: a row
gets the same bytes alone as among others.
"""

import numpy as np
from numba import njit

from .activations import KERNEL
from .lanes import LANES, load, store
from .memory import empty

# The processor's registers hold the sums of one row for so many panels, or of six rows for one panel.
PANELS = 4


def panels_shape(W: np.ndarray) -> tuple[int, int, int]:
    """The shape of W (K, J) in panels: (number of panels, K, LANES)."""
    K, J = W.shape
    return -(-J // LANES), K, LANES


def packed(W: np.ndarray) -> np.ndarray:
    """A copy of W (K, J) in panels, of `panels_shape`."""
    panels = empty(panels_shape(W), W.dtype)
    pack(W, panels)
    return panels


@njit(**KERNEL)
def first_column(p, J):
    """The first column of panel p, of a matrix with J columns."""
    return max(0, min(p * LANES, J - LANES))


@njit(**KERNEL)
def pack(W, panels):
    """Copies W (K, J) into panels; if W is narrower than LANES, the rest of the panel stays unchanged."""
    K, J = W.shape
    width = min(J, LANES)
    for p in range(len(panels)):
        start = first_column(p, J)
        for k in range(K):
            for j in range(width):
                panels[p, k, j] = W[k, start + j]


@njit(**KERNEL)
def multiply(h, panels, out):
    """out = h @ W, for h (N, K), W (K, J) in panels, and out (N, J), which must be contiguous."""
    N, J = out.shape
    P = len(panels)
    if J < LANES:
        rows_times_narrow(h, panels[0], out)
        return
    # Groups of six and five rows add up to every N from 20 on, and to some below; other rows go one by one.
    fives = -N % 6 if 5 * (-N % 6) <= N else 0
    sixes = (N - 5 * fives) // 6
    for p in range(P):
        W, column = panels[p], first_column(p, J)
        for k in range(sixes):
            six_rows_times_panel(h, 6 * k, W, out, column)
        for k in range(fives):
            five_rows_times_panel(h, 6 * sixes + 5 * k, W, out, column)
    for n in range(6 * sixes + 5 * fives, N):
        if P < PANELS:
            for p in range(P):
                row_times_panel(h, n, panels[p], out, first_column(p, J))
        else:
            for p in range(0, P, PANELS):
                row_times_panels(h, n, panels, min(p, P - PANELS), out)


@njit(**KERNEL)
def six_rows_times_panel(h, n, W, out, column):
    """Rows n .. n + 5 of the result, for the panel W (K, LANES) that begins at this column."""
    w = load(W, 0, 0)
    a, b, c = h[n, 0] * w, h[n + 1, 0] * w, h[n + 2, 0] * w
    d, e, f = h[n + 3, 0] * w, h[n + 4, 0] * w, h[n + 5, 0] * w
    for k in range(1, len(W)):
        w = load(W, k, 0)
        a = a + h[n, k] * w
        b = b + h[n + 1, k] * w
        c = c + h[n + 2, k] * w
        d = d + h[n + 3, k] * w
        e = e + h[n + 4, k] * w
        f = f + h[n + 5, k] * w
    store(a, out, n, column)
    store(b, out, n + 1, column)
    store(c, out, n + 2, column)
    store(d, out, n + 3, column)
    store(e, out, n + 4, column)
    store(f, out, n + 5, column)


@njit(**KERNEL)
def five_rows_times_panel(h, n, W, out, column):
    """Rows n .. n + 4 of the result, for the panel W (K, LANES) that begins at this column."""
    w = load(W, 0, 0)
    a, b, c, d, e = h[n, 0] * w, h[n + 1, 0] * w, h[n + 2, 0] * w, h[n + 3, 0] * w, h[n + 4, 0] * w
    for k in range(1, len(W)):
        w = load(W, k, 0)
        a = a + h[n, k] * w
        b = b + h[n + 1, k] * w
        c = c + h[n + 2, k] * w
        d = d + h[n + 3, k] * w
        e = e + h[n + 4, k] * w
    store(a, out, n, column)
    store(b, out, n + 1, column)
    store(c, out, n + 2, column)
    store(d, out, n + 3, column)
    store(e, out, n + 4, column)


@njit(**KERNEL)
def row_times_panels(h, n, panels, p, out):
    """Row n of the result, for panels p .. p + PANELS - 1."""
    x, J = h[n, 0], out.shape[1]
    Wa, Wb, Wc, Wd = panels[p], panels[p + 1], panels[p + 2], panels[p + 3]
    a, b, c, d = x * load(Wa, 0, 0), x * load(Wb, 0, 0), x * load(Wc, 0, 0), x * load(Wd, 0, 0)
    for k in range(1, len(Wa)):
        x = h[n, k]
        a = a + x * load(Wa, k, 0)
        b = b + x * load(Wb, k, 0)
        c = c + x * load(Wc, k, 0)
        d = d + x * load(Wd, k, 0)
    store(a, out, n, first_column(p, J))
    store(b, out, n, first_column(p + 1, J))
    store(c, out, n, first_column(p + 2, J))
    store(d, out, n, first_column(p + 3, J))


@njit(**KERNEL)
def row_times_panel(h, n, W, out, column):
    """Row n of the result, for the panel W (K, LANES) that begins at this column."""
    a = h[n, 0] * load(W, 0, 0)
    for k in range(1, len(W)):
        a = a + h[n, k] * load(W, k, 0)
    store(a, out, n, column)


@njit(**KERNEL)
def rows_times_narrow(h, W, out):
    """The result for a matrix with fewer than LANES columns: the first ones of its only panel W (K, LANES)."""
    N, J = out.shape
    for n in range(N):
        for j in range(J):
            out[n, j] = h[n, 0] * W[0, j]
        for k in range(1, len(W)):
            for j in range(J):
                out[n, j] += h[n, k] * W[k, j]
