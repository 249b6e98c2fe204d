"""The product of a few rows with a large matrix that stays the same for many steps: h[t-1] Wh.

A general matrix product copies the matrix into a faster order at every call. For the 25 rows of one time
step, that takes a third as long as the product. Here the matrix is copied once for all steps of a sequence,
into panels: columns 0 .. LANES - 1 from top to bottom, then the next LANES columns, so that memory is read
from start to end. The last panel is full, too: it ends with the matrix and repeats columns of the panel
before. As nothing here calls Python, the kernels of a cell run a whole sequence in one call.

Every element of the result is summed over k = 0, 1, ... in that order, whatever the number of rows: a row
gets the same bytes alone as among others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from numba import njit

from .activations import KERNEL
from .lanes import LANES, ROWS, add_outer, load, store, zeros
from .memory import empty

# A single row is multiplied by so many panels at once: the sums of one panel would wait for each other.
PANELS = 4

# Within `packed_once`, what `packed` has copied: {where the numbers of a matrix are: (the matrix, its panels)}.
copies: ContextVar[dict | None] = ContextVar("copies", default=None)


def panels_shape(W: np.ndarray) -> tuple[int, int, int]:
    """The shape of W (K, J) in panels: (number of panels, K, LANES)."""
    K, J = W.shape
    return -(-J // LANES), K, LANES


@contextmanager
def packed_once() -> Iterator[None]:
    """Within this block, whose weights do not change, `packed` returns the same panels for the same matrix."""
    token = copies.set({})
    try:
        yield
    finally:
        copies.reset(token)


def packed(W: np.ndarray) -> np.ndarray:
    """A copy of W (K, J) in panels, of `panels_shape`. Within `packed_once`, do not write into it."""
    known, place = copies.get(), (W.ctypes.data, W.shape, W.strides, W.dtype)
    if known and place in known:
        return known[place][1]
    panels = empty(panels_shape(W), W.dtype)
    pack(W, panels)
    return panels if known is None else known.setdefault(place, (W, panels))[1]


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


@njit(inline="always")
def block_times_panel(rows, h, n, W, out, column):
    """So many rows of the result, a constant, from row n on, for the panel W (K, LANES) that begins at this column."""
    sums = zeros(rows, W)
    for k in range(len(W)):
        sums = add_outer(sums, h, n, k, load(W, k, 0))
    store(sums, out, n, column)


# A number of rows is a constant in a kernel, so each has its line.
@njit(inline="always")
def rows_times_panel(rows, h, n, W, out, column):
    """The same for 1 .. ROWS rows."""
    if rows == 1:
        block_times_panel(1, h, n, W, out, column)
    elif rows == 2:
        block_times_panel(2, h, n, W, out, column)
    elif rows == 3:
        block_times_panel(3, h, n, W, out, column)
    elif rows == 4:
        block_times_panel(4, h, n, W, out, column)
    elif rows == 5:
        block_times_panel(5, h, n, W, out, column)
    elif rows == 6:
        block_times_panel(6, h, n, W, out, column)
    elif ROWS > 6:
        more_rows_times_panel(rows, h, n, W, out, column)


@njit(inline="always")
def more_rows_times_panel(rows, h, n, W, out, column):
    """The same for 7 .. 13 rows: processors with few registers do not need it."""
    if rows == 7:
        block_times_panel(7, h, n, W, out, column)
    elif rows == 8:
        block_times_panel(8, h, n, W, out, column)
    elif rows == 9:
        block_times_panel(9, h, n, W, out, column)
    elif rows == 10:
        block_times_panel(10, h, n, W, out, column)
    elif rows == 11:
        block_times_panel(11, h, n, W, out, column)
    elif rows == 12:
        block_times_panel(12, h, n, W, out, column)
    elif rows == 13:
        block_times_panel(13, h, n, W, out, column)


@njit(**KERNEL)
def multiply(h, panels, out):
    """out = h @ W, for h (N, K), W (K, J) in panels, and out (N, J), which must be contiguous."""
    N, J = out.shape
    P = len(panels)
    if J < LANES:
        rows_times_narrow(h, panels[0], out)
    elif N == 1 and P >= PANELS:
        for p in range(0, P, PANELS):
            row_times_panels(h, panels, min(p, P - PANELS), out)
    else:
        # As few blocks of rows as fit, and the first ones have one row more where they cannot be equal.
        blocks = -(-N // (4 * ROWS // h.itemsize))
        rows, more = divmod(N, max(1, blocks))
        for p in range(P):
            for block in range(blocks):
                n = block * rows + min(block, more)
                rows_times_panel(rows + (block < more), h, n, panels[p], out, first_column(p, J))


@njit(**KERNEL)
def row_times_panels(h, panels, p, out):
    """The result's only row, for panels p .. p + PANELS - 1."""
    J = out.shape[1]
    Wa, Wb, Wc, Wd = panels[p], panels[p + 1], panels[p + 2], panels[p + 3]
    a, b, c, d = zeros(1, Wa), zeros(1, Wa), zeros(1, Wa), zeros(1, Wa)
    for k in range(len(Wa)):
        a = add_outer(a, h, 0, k, load(Wa, k, 0))
        b = add_outer(b, h, 0, k, load(Wb, k, 0))
        c = add_outer(c, h, 0, k, load(Wc, k, 0))
        d = add_outer(d, h, 0, k, load(Wd, k, 0))
    store(a, out, 0, first_column(p, J))
    store(b, out, 0, first_column(p + 1, J))
    store(c, out, 0, first_column(p + 2, J))
    store(d, out, 0, first_column(p + 3, J))


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
