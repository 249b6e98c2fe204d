"""The product of a few rows with a large matrix that stays the same for many steps: h[t-1] Wh.

A general matrix product copies the matrix into an order that suits the machine on every call, which
for the 25 rows of one time step costs as much as a third of the product. Here the copy is made once
for all steps of a sequence. Its order is panels: columns 0 .. LANES - 1 of the matrix from top to
bottom, then the next LANES columns, so that memory is read from start to end. And as no call goes
back to Python, a whole sequence is one call.

Every element of the result is the sum over k = 0, 1, ... in that order, whatever the number of rows:
a row has the same bytes alone as among others.
"""

from numba import njit

from .activations import KERNEL
from .lanes import LANES, load, store

# One row's sums of so many panels fit into the registers at once; or six rows' of one panel.
PANELS = 4


def panels_shape(W):
    """(panels, K, LANES) for W (K, J): what is missing to whole panels, or to PANELS of them, is zero."""
    K, J = W.shape
    return product_width(J) // LANES, K, LANES


def product_width(J):
    """How many columns the product with a matrix of J columns has, those that fill the last panel included."""
    return max(PANELS, -(-J // LANES)) * LANES


@njit(**KERNEL)
def pack(W, panels):
    """Puts W (K, J) into panels of `panels_shape`, with zeros beyond its columns."""
    K, J = W.shape
    for p in range(len(panels)):
        start = p * LANES
        width = min(LANES, max(0, J - start))
        for k in range(K):
            for j in range(width):
                panels[p, k, j] = W[k, start + j]
            panels[p, k, width:] = 0


@njit(**KERNEL)
def multiply(h, panels, out):
    """out = h @ W: h (N, K), W as `panels` (P, K, LANES), out (N, P * LANES) with zeros beyond W's columns."""
    N, P = len(h), len(panels)
    # Sixes and fours make every even number but 2; what is left is a row alone, or two.
    fours = (0, 0, 2, 2, 1, 1)[N % 6] if N > 3 else 0
    sixes = (N - 4 * fours) // 6
    for p in range(P):
        for k in range(sixes):
            six_rows_times_panel(h, 6 * k, panels, p, out)
        for k in range(fours):
            four_rows_times_panel(h, 6 * sixes + 4 * k, panels, p, out)
    for n in range(6 * sixes + 4 * fours, N):
        for p in range(0, P, PANELS):
            row_times_panels(h, n, panels, min(p, P - PANELS), out)


@njit(**KERNEL)
def six_rows_times_panel(h, n, panels, p, out):
    """Rows n .. n + 5 of the result, at panel p."""
    W = panels[p]
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
    column = p * LANES
    store(a, out, n, column)
    store(b, out, n + 1, column)
    store(c, out, n + 2, column)
    store(d, out, n + 3, column)
    store(e, out, n + 4, column)
    store(f, out, n + 5, column)


@njit(**KERNEL)
def four_rows_times_panel(h, n, panels, p, out):
    """Rows n .. n + 3 of the result, at panel p."""
    W = panels[p]
    w = load(W, 0, 0)
    a, b, c, d = h[n, 0] * w, h[n + 1, 0] * w, h[n + 2, 0] * w, h[n + 3, 0] * w
    for k in range(1, len(W)):
        w = load(W, k, 0)
        a = a + h[n, k] * w
        b = b + h[n + 1, k] * w
        c = c + h[n + 2, k] * w
        d = d + h[n + 3, k] * w
    column = p * LANES
    store(a, out, n, column)
    store(b, out, n + 1, column)
    store(c, out, n + 2, column)
    store(d, out, n + 3, column)


@njit(**KERNEL)
def row_times_panels(h, n, panels, p, out):
    """Row n of the result, at panels p .. p + PANELS - 1."""
    x = h[n, 0]
    Wa, Wb, Wc, Wd = panels[p], panels[p + 1], panels[p + 2], panels[p + 3]
    a, b, c, d = x * load(Wa, 0, 0), x * load(Wb, 0, 0), x * load(Wc, 0, 0), x * load(Wd, 0, 0)
    for k in range(1, len(Wa)):
        x = h[n, k]
        a = a + x * load(Wa, k, 0)
        b = b + x * load(Wb, k, 0)
        c = c + x * load(Wc, k, 0)
        d = d + x * load(Wd, k, 0)
    column = p * LANES
    store(a, out, n, column)
    store(b, out, n, column + LANES)
    store(c, out, n, column + 2 * LANES)
    store(d, out, n, column + 3 * LANES)
