"""The LSTM with layer normalisation (Ba, Kiros and Hinton 2016), of each gate and of the cell state.

A row v of H entries is normalised by its own mean and variance; scale and shift are learned, one
number a unit. LN(v) stands for
    (L)  v^ = s (v - mean(v)),  s = 1 / sqrt(var(v) + EPSILON),  y = scale v^ + shift

Forward, for t = 0 .. T-1, with h[-1] and c[-1] the initial state:
    (1)  a[t] = x[t] Wx + h[t-1] Wh              in four blocks of H columns: i f g o
    (2)  i = sigmoid(LN(a_i)),  f = sigmoid(LN(a_f)),  g = tanh(LN(a_g)),  o = sigmoid(LN(a_o))
    (3)  c[t] = f c[t-1] + i g
    (4)  h[t] = o tanh(LN(c[t]))
The blocks of `scale` and `b` belong to the gates, `scale_c` and `b_c` to the cell state. The
products have no bias of their own, and what step t+1 gets is c[t] as it is, not normalised.

Backward, for t = T-1 .. 0, where dh[t] comes from above, dh_next and dc from step t+1. From dy to
dv, as mean and variance depend on every entry of v:
    (L') dscale = sum_t dy v^,  dshift = sum_t dy
         e = dy scale,  dv = s (e - mean(e) - v^ mean(e v^))
    (4') dh = dh[t] + dh_next,  do = dh tanh(LN(c[t])),  dy = dh o (1 - tanh(LN(c[t]))^2)
         dc += dv of (L')
    (3') di = dc g,  dg = dc i,  df = dc c[t-1],  dc <- dc f
    (2') dy_i = di i (1 - i),  dy_f = df f (1 - f),  dy_g = dg (1 - g^2),  dy_o = do o (1 - o)
         da_i, da_f, da_g, da_o = dv of (L') for each
    (1') dh_next = da[t] Wh^T,  dx[t] = da[t] Wx^T
         dWh = sum_t h[t-1]^T da[t],  dWx = sum_t x[t]^T da[t]
"""

import math

import numpy as np
from numba import njit

from .cell import Cell
from .kernels.activations import KERNEL, SUMS, sigmoid, tanh
from .kernels.inputs import flat, gather_step, project, project_backward, scatter_step, symbols_of
from .kernels.panels import multiply

EPSILON = 1e-5


class LNLSTM(Cell):
    """Gates i f g o. State: (h, c), each (N, H). `forget_bias` is what b_f starts from.

    Memory a symbol: 17 H numbers and 5, where D = H (those of the LSTM; a_hat 4 and c_hat; s).
    """

    states = ("h", "c")
    sigmoids, tanhs = ("i", "f", "o"), ("g", "h")

    @staticmethod
    def shapes(D, H):
        return {"Wx": (D, 4 * H), "Wh": (H, 4 * H), "scale": (4 * H,), "b": (4 * H,), "scale_c": (H,), "b_c": (H,)}

    def __init__(self, D, H, dtype=np.float32, rng=None, forget_bias=1.0):
        super().__init__(D, H, dtype, rng)
        self.params["scale"][:] = 1
        self.params["scale_c"][:] = 1
        self.params["b"][H : 2 * H] = forget_bias

    def forward(self, x, state=None):
        """x (T, N, D) or integers (T, N); state (h, c) or None for zeros -> h (T, N, H), state."""
        x = self.checked(x)
        T, N = x.shape[:2]
        h0, c0 = (None, None) if state is None else state
        h_prev, h = self.trajectory("h", h0, T, N)
        c_prev, c = self.trajectory("c", c0, T, N)
        work = gates, a_hat, s, c_hat, tanh_c, _, _ = self.work(T, N)
        project(x, self.params["Wx"], out=gates)
        self.steps(x, work, [h_prev, c_prev], [h, c])
        self.cache = x, h_prev, c_prev, gates, a_hat, s, c_hat, tanh_c
        return h, (h[-1].copy(), c[-1].copy())

    def work(self, T, N):
        """What `steps` needs for T steps of N rows: gates, which receive x Wx; LN's values; Wh in panels; products."""
        H = self.H
        gates, a_hat = self.buffer("gates", T, N, 4 * H), self.buffer("a_hat", T, N, 4 * H)
        c_hat, tanh_c = self.buffer("c_hat", T, N, H), self.buffer("tanh_c", T, N, H)
        Wh = self.panels("Wh", self.params["Wh"])
        return gates, a_hat, self.buffer("s", T, N, 5), c_hat, tanh_c, Wh, self.buffer("u", N, 4 * H)

    def steps(self, x, work, before, after):
        """T steps from the states [h_prev, c_prev] to [h, c], (T, N, H) each."""
        gates, a_hat, s, c_hat, tanh_c, Wh, u = work
        Wx, _, *constants = self.params.values()
        forward_steps(symbols_of(x), Wx, Wh, u, *constants, *before, gates, a_hat, s, *after, c_hat, tanh_c)

    def backward(self, dh, dstate=None):
        """dh (T, N, H), dstate (dh, dc) or None -> dx (T, N, D) or None for symbols, dstate."""
        x, h_prev, c_prev, gates, a_hat, s, c_hat, tanh_c = self.cache
        Wx, Wh, scale, _, scale_c, _ = self.params.values()
        dWx, dWh, dscale, db, dscale_c, db_c = self.grads.values()
        T, N, H = tanh_c.shape
        dh = self.gradient_of(tanh_c, dh)
        dh_last, dc_last = (None, None) if dstate is None else dstate
        dh_next, dc = self.future(dh_last, N), self.future(dc_last, N)
        da = self.buffer("da", T, N, 4 * H)
        backward_steps(
            symbols_of(x), self.panels("WhT", Wh.T), dh, dh_next, scale, scale_c, c_prev, gates, a_hat, s, c_hat,
            tanh_c, dc, da, dWx, dscale, db, dscale_c, db_c,
        )  # fmt: skip
        dWh += flat(h_prev).T @ flat(da)
        dx = project_backward(x, da, Wx, dWx, self.buffer("dx", T, N, self.D))
        return dx, (dh_next, dc)

    def activations(self):
        """h and c after each step, and i f g o: (T, N, H) each."""
        _, _, _, gates, *_ = self.cache
        return super().activations() | dict(zip("ifgo", np.split(gates, 4, axis=2)))


@njit(**KERNEL)
def forward_steps(x, Wx, Wh, u, scale, b, scale_c, b_c, h_prev, c_prev, gates, a_hat, s, h, c, c_hat, tanh_c):
    """All T steps. Wh in panels, u (N, 4H) for products with it."""
    for t in range(len(h)):
        gather_step(x, t, Wx, gates[t])
        multiply(h_prev[t], Wh, u)
        forward_step(u, scale, b, scale_c, b_c, c_prev[t], gates[t], a_hat[t], s[t], c[t], c_hat[t], tanh_c[t], h[t])


@njit(**KERNEL)
def backward_steps(
    x, WhT, dh, dh_next, scale, scale_c, c_prev, gates, a_hat, s, c_hat, tanh_c, dc, da, dWx, dscale, db, dscale_c, db_c
):
    """All T steps, the last one first. WhT in panels; dh_next and dc (N, H) become the initial state's."""
    for t in range(len(dh) - 1, -1, -1):
        backward_step(
            dh[t], dh_next, scale, scale_c, c_prev[t], gates[t], a_hat[t], s[t], c_hat[t], tanh_c[t],
            dc, da[t], dscale, db, dscale_c, db_c,
        )  # fmt: skip
        multiply(da[t], WhT, dh_next)  # (1')
        scatter_step(x, t, da[t], dWx)


@njit(**SUMS)
def normalize(v, scale, shift, v_hat, y):
    """One row v (H,), to v_hat and y; returns s. y may be v."""
    H = v.size
    count = v.dtype.type(H)
    mean = v.dtype.type(0)
    for j in range(H):
        mean += v[j]
    mean /= count
    var = v.dtype.type(0)
    for j in range(H):
        var += (v[j] - mean) * (v[j] - mean)
    s = v.dtype.type(1) / math.sqrt(var / count + v.dtype.type(EPSILON))
    for j in range(H):
        v_hat[j] = s * (v[j] - mean)  # (L)
    for j in range(H):
        y[j] = scale[j] * v_hat[j] + shift[j]
    return s


@njit(**SUMS)
def normalize_backward(dv, v_hat, s, scale, dscale, dshift):
    """One row (H,): dv holds dy and receives dv. Adds into dscale and dshift."""
    H = dv.size
    count = dv.dtype.type(H)
    for j in range(H):
        dshift[j] += dv[j]
    for j in range(H):
        dscale[j] += dv[j] * v_hat[j]
    for j in range(H):
        dv[j] *= scale[j]  # e
    mean = dv.dtype.type(0)
    for j in range(H):
        mean += dv[j]
    mean /= count
    slope = dv.dtype.type(0)
    for j in range(H):
        slope += dv[j] * v_hat[j]
    slope /= count
    for j in range(H):
        dv[j] = s * (dv[j] - mean - v_hat[j] * slope)  # (L')


@njit(**KERNEL)
def forward_step(u, scale, b, scale_c, b_c, c_prev, gates, a_hat, s, c, c_hat, tanh_c, h):
    """One step for N rows. gates (N, 4H) holds x Wx and receives i f g o; u = h_prev Wh; s (N, 5)."""
    N, H = h.shape
    for n in range(N):
        a = gates[n]
        for j in range(4 * H):
            a[j] += u[n, j]  # (1)
        for k in range(4):
            block = slice(k * H, (k + 1) * H)
            s[n, k] = normalize(a[block], scale[block], b[block], a_hat[n, block], a[block])
        i, f, g, o = a[:H], a[H : 2 * H], a[2 * H : 3 * H], a[3 * H :]
        for j in range(2 * H):
            a[j] = sigmoid(a[j])  # (2) i and f
        for j in range(H):
            g[j] = tanh(g[j])
        for j in range(H):
            o[j] = sigmoid(o[j])
        for j in range(H):
            c[n, j] = f[j] * c_prev[n, j] + i[j] * g[j]  # (3)
        s[n, 4] = normalize(c[n], scale_c, b_c, c_hat[n], tanh_c[n])
        for j in range(H):
            tanh_c[n, j] = tanh(tanh_c[n, j])
        for j in range(H):
            h[n, j] = o[j] * tanh_c[n, j]  # (4)


@njit(**KERNEL)
def backward_step(
    dh, dh_next, scale, scale_c, c_prev, gates, a_hat, s, c_hat, tanh_c, dc, da, dscale, db, dscale_c, db_c
):
    """The gradient of one step for N rows, from dh + dh_next and dc to da; dc becomes step t-1's."""
    N, H = dh.shape
    one = dh.dtype.type(1)
    for n in range(N):
        i, f, g, o = gates[n, :H], gates[n, H : 2 * H], gates[n, 2 * H : 3 * H], gates[n, 3 * H :]
        da_i, da_f, da_g, da_o = da[n, :H], da[n, H : 2 * H], da[n, 2 * H : 3 * H], da[n, 3 * H :]
        dc_n, y = dc[n], tanh_c[n]
        for j in range(H):
            da_o[j] = dh[n, j] + dh_next[n, j]  # dh, for now
        for j in range(H):
            da_g[j] = da_o[j] * o[j] * (one - y[j] * y[j])  # (4'), not da_g yet
        normalize_backward(da_g, c_hat[n], s[n, 4], scale_c, dscale_c, db_c)
        for j in range(H):
            dc_n[j] += da_g[j]
        for j in range(H):
            da_o[j] *= y[j] * o[j] * (one - o[j])
        for j in range(H):
            da_i[j] = dc_n[j] * g[j] * i[j] * (one - i[j])  # (3') (2')
        for j in range(H):
            da_g[j] = dc_n[j] * i[j] * (one - g[j] * g[j])
        for j in range(H):
            da_f[j] = dc_n[j] * c_prev[n, j] * f[j] * (one - f[j])
        for j in range(H):
            dc_n[j] *= f[j]
        for k in range(4):
            block = slice(k * H, (k + 1) * H)
            normalize_backward(da[n, block], a_hat[n, block], s[n, k], scale[block], dscale[block], db[block])
