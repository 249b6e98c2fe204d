"""The LSTM with layer normalisation (Ba, Kiros and Hinton 2016), of each gate and of the cell state.

LN(v) is that of layer_norm.py; its equations are (L) and (L').

Forward, for t = 0 .. T-1, with h[-1] and c[-1] the initial state:
    (1)  a[t] = x[t] Wx + h[t-1] Wh              in four blocks of H columns: i f g o
    (2)  i = sigmoid(LN(a_i)),  f = sigmoid(LN(a_f)),  g = tanh(LN(a_g)),  o = sigmoid(LN(a_o))
    (3)  c[t] = f c[t-1] + i g
    (4)  h[t] = o tanh(LN(c[t]))
The blocks of `scale` and `b` belong to the gates, `scale_c` and `b_c` to the cell state. The
products have no bias of their own, and step t+1 gets c[t] itself, not normalised.

Backward, for t = T-1 .. 0, where dh_above[t] comes from above, dh_next and dc_next from step t+1:
    (4') dh = dh_above[t] + dh_next,  do = dh tanh(LN(c[t])),  dy = dh o (1 - tanh(LN(c[t]))^2)
         dc = dc_next + dv of (L')
    (3') di = dc g,  dg = dc i,  df = dc c[t-1],  dc_next = dc f
    (2') dy_i = di i (1 - i),  dy_f = df f (1 - f),  dy_g = dg (1 - g^2),  dy_o = do o (1 - o)
         da_i, da_f, da_g, da_o = dv of (L') for each
    (1') dh_next = da[t] Wh^T,  dx[t] = da[t] Wx^T
         dWh = sum_t h[t-1]^T da[t],  dWx = sum_t x[t]^T da[t]
"""

import numpy as np
from numba import njit

from .kernels.activations import KERNEL, sigmoid, tanh
from .kernels.inputs import flat, gather_step, project_backward, scatter_step, symbols_of
from .kernels.panels import multiply
from .layer_norm import normalize, normalize_backward
from .stepped import SteppedCell

LEARNED = ("scale", "b", "scale_c", "b_c")


class LNLSTM(SteppedCell):
    """Gates i f g o. State: (h, c), each (N, H). `forget_bias` is the initial value of b_f.

    Memory a symbol: 17 H numbers and 5 if D = H (those of the LSTM; a_hat 4 and c_hat; s).
    """

    states = ("h", "c")
    gate_letters = "ifgo"
    sigmoids, tanhs = ("i", "f", "o"), ("g", "h")

    @staticmethod
    def shapes(D, H):
        return {"Wx": (D, 4 * H), "Wh": (H, 4 * H), "scale": (4 * H,), "b": (4 * H,), "scale_c": (H,), "b_c": (H,)}

    def __init__(self, D, H, dtype=np.float32, rng=None, forget_bias: float = 1.0):
        super().__init__(D, H, dtype, rng)
        self.params["scale"][:] = 1
        self.params["scale_c"][:] = 1
        self.params["b"][H : 2 * H] = forget_bias

    def work(self, T, N):
        """gates (T, N, 4H), which receive x Wx; values of LN and tanh; Wh in panels; u (N, 4H) for h_prev Wh."""
        H = self.H
        gates, a_hat = self.buffer("gates", T, N, 4 * H), self.buffer("a_hat", T, N, 4 * H)
        s, c_hat, tanh_c = self.buffer("s", T, N, 5), self.buffer("c_hat", T, N, H), self.buffer("tanh_c", T, N, H)
        return gates, a_hat, s, c_hat, tanh_c, self.panels("Wh", self.params["Wh"]), self.buffer("u", N, 4 * H)

    def steps(self, x, work, before, after):
        """Forward, T steps from [h_prev, c_prev] to [h, c], (T, N, H) each."""
        learned = [self.params[name] for name in LEARNED]
        forward_steps(symbols_of(x), self.params["Wx"], *learned, *work, *before, *after)

    def backward(self, dh, dstate=None):
        """dh (T, N, H) from above, dstate (dh, dc) or None -> dx (T, N, D) or None for symbols, dstate."""
        x, (gates, a_hat, s, c_hat, tanh_c, _, _), (h_prev, c_prev), _ = self.cache
        Wx, Wh, scale, scale_c = self.params["Wx"], self.params["Wh"], self.params["scale"], self.params["scale_c"]
        dWx, dWh, dlearned = self.grads["Wx"], self.grads["Wh"], [self.grads[name] for name in LEARNED]
        T, N, H = tanh_c.shape
        dh_above, (dh_next, dc_next) = self.gradients(tanh_c, dh, dstate)
        da, dy = self.buffer("da", T, N, 4 * H), self.buffer("dy", H)
        backward_steps(
            symbols_of(x), self.panels("WhT", Wh.T), dh_above, dh_next, scale, scale_c, c_prev, gates, a_hat, s, c_hat,
            tanh_c, dc_next, dy, da, dWx, *dlearned,
        )  # fmt: skip
        dWh += flat(h_prev).T @ flat(da)
        dx = project_backward(x, da, Wx, dWx, self.buffer("dx", T, N, self.D))
        return dx, (dh_next, dc_next)


@njit(**KERNEL)
def forward_steps(x, Wx, scale, b, scale_c, b_c, gates, a_hat, s, c_hat, tanh_c, Wh, u, h_prev, c_prev, h, c):
    """All T steps. Wh in panels."""
    for t in range(len(h)):
        gather_step(x, t, Wx, gates[t])
        multiply(h_prev[t], Wh, u)
        forward_step(u, scale, b, scale_c, b_c, c_prev[t], gates[t], a_hat[t], s[t], c[t], c_hat[t], tanh_c[t], h[t])


@njit(**KERNEL)
def backward_steps(
    x, WhT, dh_above, dh_next, scale, scale_c, c_prev, gates, a_hat, s, c_hat, tanh_c, dc_next, dy, da,
    dWx, dscale, db, dscale_c, db_c
):  # fmt: skip
    """All T steps, the last one first. WhT in panels; dh_next and dc_next become the gradient of the initial state."""
    for t in range(len(dh_above) - 1, -1, -1):
        backward_step(
            dh_above[t], dh_next, scale, scale_c, c_prev[t], gates[t], a_hat[t], s[t], c_hat[t], tanh_c[t],
            dc_next, dy, da[t], dscale, db, dscale_c, db_c,
        )  # fmt: skip
        multiply(da[t], WhT, dh_next)  # (1')
        scatter_step(x, t, da[t], dWx)


@njit(**KERNEL)
def forward_step(u, scale, b, scale_c, b_c, c_prev, gates, a_hat, s, c, c_hat, tanh_c, h):
    """One step for N rows. gates (N, 4H) holds x Wx and receives i f g o; u = h_prev Wh; s (N, 5)."""
    N, H = h.shape
    for row in range(N):
        a = gates[row]
        for j in range(4 * H):
            a[j] += u[row, j]  # (1)
        for k in range(4):
            block = slice(k * H, (k + 1) * H)
            s[row, k] = normalize(a[block], scale[block], b[block], a_hat[row, block], a[block])
        i, f, g, o = a[:H], a[H : 2 * H], a[2 * H : 3 * H], a[3 * H :]
        for j in range(2 * H):
            a[j] = sigmoid(a[j])  # (2) i and f
        for j in range(H):
            g[j] = tanh(g[j])
        for j in range(H):
            o[j] = sigmoid(o[j])
        for j in range(H):
            c[row, j] = f[j] * c_prev[row, j] + i[j] * g[j]  # (3)
        s[row, 4] = normalize(c[row], scale_c, b_c, c_hat[row], tanh_c[row])
        for j in range(H):
            tanh_c[row, j] = tanh(tanh_c[row, j])
        for j in range(H):
            h[row, j] = o[j] * tanh_c[row, j]  # (4)


@njit(**KERNEL)
def backward_step(
    dh_above, dh_next, scale, scale_c, c_prev, gates, a_hat, s, c_hat, tanh_c, dc_next, dy, da,
    dscale, db, dscale_c, db_c
):  # fmt: skip
    """The gradient of one step for N rows, from dh_above, dh_next and dc_next to da and dc_next of step t-1.

    The buffers play two roles: from (4') on, dh_next holds the whole sum dh, and dc_next holds dc.
    """
    N, H = dh_above.shape
    one = dh_above.dtype.type(1)
    for row in range(N):
        i, f, g, o = gates[row, :H], gates[row, H : 2 * H], gates[row, 2 * H : 3 * H], gates[row, 3 * H :]
        da_i, da_f, da_g, da_o = da[row, :H], da[row, H : 2 * H], da[row, 2 * H : 3 * H], da[row, 3 * H :]
        dh, dc, tanh_row = dh_next[row], dc_next[row], tanh_c[row]
        for j in range(H):
            dh[j] += dh_above[row, j]  # (4')
        for j in range(H):
            dy[j] = dh[j] * o[j] * (one - tanh_row[j] * tanh_row[j])
        normalize_backward(dy, c_hat[row], s[row, 4], scale_c, dscale_c, db_c)  # from dy to dv
        for j in range(H):
            dc[j] += dy[j]
        for j in range(H):
            da_o[j] = dh[j] * (tanh_row[j] * o[j] * (one - o[j]))  # (4') (2')
        for j in range(H):
            da_i[j] = dc[j] * g[j] * i[j] * (one - i[j])  # (3') (2')
        for j in range(H):
            da_g[j] = dc[j] * i[j] * (one - g[j] * g[j])
        for j in range(H):
            da_f[j] = dc[j] * c_prev[row, j] * f[j] * (one - f[j])
        for j in range(H):
            dc[j] *= f[j]  # (3') the dc_next of step t-1
        for k in range(4):
            block = slice(k * H, (k + 1) * H)
            normalize_backward(da[row, block], a_hat[row, block], s[row, k], scale[block], dscale[block], db[block])
