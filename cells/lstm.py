"""Long short-term memory (Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000).

Forward, for t = 0 .. T-1, with h[-1] and c[-1] the initial state:
    (1)  a[t] = x[t] Wx + h[t-1] Wh + b          in four blocks of H columns: i f g o
    (2)  i = sigmoid(a_i),  f = sigmoid(a_f),  g = tanh(a_g),  o = sigmoid(a_o)
    (3)  c[t] = f c[t-1] + i g
    (4)  h[t] = o tanh(c[t])
With tied gates (Greff et al. 2017), i = 1 - f, and a has three blocks: f g o.

Backward, for t = T-1 .. 0, where dh_above[t] comes from above, dh_next and dc_next from step t+1:
    (4') dh = dh_above[t] + dh_next,  do = dh tanh(c[t]),  dc = dc_next + dh o (1 - tanh(c[t])^2)
    (3') di = dc g,  dg = dc i,  df = dc c[t-1],  dc_next = dc f
    (2') da_i = di i (1 - i),  da_f = df f (1 - f),  da_g = dg (1 - g^2),  da_o = do o (1 - o)
    (1') dh_next = da[t] Wh^T,  dx[t] = da[t] Wx^T
         dWh = sum_t h[t-1]^T da[t],  dWx = sum_t x[t]^T da[t],  db = sum_t da[t]
With tied gates, in (3'):  dg = dc (1 - f),  df = dc (c[t-1] - g)
"""

import numpy as np
from numba import njit

from .kernels.activations import KERNEL, gate, gate_slope, is_hard, tanh
from .kernels.inputs import add_rows, flat, gather_step, project_backward, scatter_step, symbols_of
from .kernels.panels import multiply
from .stepped import SteppedCell


class LSTM(SteppedCell):
    """Gates i f g o. State: (h, c), each (N, H). `forget_bias` is the initial value of b_f.

    With `gates` "hard", the sigmoids of (2) and their slopes in (2') are those of the hard sigmoid:
    see kernels/activations.py. With `tie_gates` there is no gate i: G = 3 gates f g o in place of 4.

    Memory a symbol: 12 H numbers if D = H (gates and da 4 each; h, c, tanh_c, dx); 10 H with tied gates.
    """

    states = ("h", "c")
    gate_letters = "ifgo"
    sigmoids, tanhs = ("i", "f", "o"), ("g", "h")

    @staticmethod
    def shapes(D, H, tie_gates: bool = False):
        G = 3 if tie_gates else 4
        return {"Wx": (D, G * H), "Wh": (H, G * H), "b": (G * H,)}

    def __init__(
        self, D, H, dtype=np.float32, rng=None, forget_bias: float = 1.0, gates: str = "sigmoid",
        tie_gates: bool = False, **others,
    ):  # fmt: skip
        """`others` are what the shapes of a subclass depend on."""
        super().__init__(D, H, dtype, rng, tie_gates=tie_gates, **others)
        if tie_gates:
            self.gate_letters, self.sigmoids = "fgo", ("f", "o")
        first = self.gate_letters.index("f") * H
        self.params["b"][first : first + H] = forget_bias
        self.hard = is_hard(gates)

    def work(self, T, N):
        """gates (T, N, G*H), which receive x Wx; tanh_c (T, N, H); Wh in panels; u (N, G*H) for h_prev Wh."""
        Wh = self.params["Wh"]
        gates, tanh_c = self.buffer("gates", T, N, Wh.shape[1]), self.buffer("tanh_c", T, N, self.H)
        return gates, tanh_c, self.panels("Wh", Wh), self.buffer("u", N, Wh.shape[1])

    def steps(self, x, work, before, after):
        """Forward, T steps from [h_prev, c_prev] to [h, c], (T, N, H) each."""
        forward_steps(symbols_of(x), self.params["Wx"], self.params["b"], *work, *before, *after, self.hard)

    def backward(self, dh, dstate=None):
        """dh (T, N, H) from above, dstate (dh, dc) or None -> dx (T, N, D) or None for symbols, dstate."""
        x, (gates, tanh_c, _, _), (h_prev, c_prev), _ = self.cache
        Wx, Wh = self.params["Wx"], self.params["Wh"]
        dWx, dWh, db = self.grads["Wx"], self.grads["Wh"], self.grads["b"]
        dh_above, (dh_next, dc_next) = self.gradients(tanh_c, dh, dstate)
        da = self.buffer("da", *gates.shape)
        WhT = self.panels("WhT", Wh.T)
        backward_steps(symbols_of(x), WhT, dh_above, dh_next, c_prev, gates, tanh_c, dc_next, da, dWx, db, self.hard)
        dWh += flat(h_prev).T @ flat(da)
        dx = project_backward(x, da, Wx, dWx, self.buffer("dx", *dh_above.shape[:2], self.D))
        return dx, (dh_next, dc_next)


@njit(**KERNEL)
def forward_steps(x, Wx, b, gates, tanh_c, Wh, u, h_prev, c_prev, h, c, hard):
    """All T steps. Wh in panels."""
    for t in range(len(h)):
        gather_step(x, t, Wx, gates[t])
        multiply(h_prev[t], Wh, u)
        forward_step(u, b, c_prev[t], gates[t], c[t], tanh_c[t], h[t], hard)


@njit(**KERNEL)
def backward_steps(x, WhT, dh_above, dh_next, c_prev, gates, tanh_c, dc_next, da, dWx, db, hard):
    """All T steps, the last one first. WhT in panels; dh_next and dc_next become the gradient of the initial state."""
    for t in range(len(dh_above) - 1, -1, -1):
        backward_step(dh_above[t], dh_next, c_prev[t], gates[t], tanh_c[t], dc_next, da[t], hard)
        multiply(da[t], WhT, dh_next)  # (1')
        scatter_step(x, t, da[t], dWx)
        add_rows(da[t], db)


@njit(**KERNEL)
def forward_step(u, b, c_prev, gates, c, tanh_c, h, hard):
    """One step for N rows. gates (N, 4H) holds x Wx and receives i f g o, or (N, 3H) f g o; u = h_prev Wh."""
    N, H = h.shape
    one = h.dtype.type(1)
    first = gates.shape[1] - 3 * H  # where f begins
    for row in range(N):
        a = gates[row]
        for j in range(a.size):
            a[j] += u[row, j] + b[j]  # (1)
        i, f, g, o = a[:H], a[first : first + H], a[first + H : first + 2 * H], a[first + 2 * H :]
        for j in range(first + H):
            a[j] = gate(a[j], hard)  # (2) i and f
        for j in range(H):
            g[j] = tanh(g[j])
        for j in range(H):
            o[j] = gate(o[j], hard)
        if first:
            for j in range(H):
                c[row, j] = f[j] * c_prev[row, j] + i[j] * g[j]  # (3)
        else:
            for j in range(H):
                c[row, j] = f[j] * c_prev[row, j] + (one - f[j]) * g[j]  # (3)
        for j in range(H):
            tanh_c[row, j] = tanh(c[row, j])
        for j in range(H):
            h[row, j] = o[j] * tanh_c[row, j]  # (4)


@njit(**KERNEL)
def backward_step(dh_above, dh_next, c_prev, gates, tanh_c, dc_next, da, hard):
    """The gradient of one step for N rows, from dh_above, dh_next and dc_next to da and dc_next of step t-1.

    The buffers play two roles: from (4') on, dh_next holds the whole sum dh, and dc_next holds dc.
    """
    N, H = dh_above.shape
    one = dh_above.dtype.type(1)
    first = gates.shape[1] - 3 * H  # where f begins
    at_f, at_g, at_o = slice(first, first + H), slice(first + H, first + 2 * H), slice(first + 2 * H, None)
    for row in range(N):
        i, f, g, o = gates[row, :H], gates[row, at_f], gates[row, at_g], gates[row, at_o]
        da_i, da_f, da_g, da_o = da[row, :H], da[row, at_f], da[row, at_g], da[row, at_o]
        dh, dc, tanh_row = dh_next[row], dc_next[row], tanh_c[row]
        for j in range(H):
            dh[j] += dh_above[row, j]  # (4')
        for j in range(H):
            dc[j] += dh[j] * o[j] * (one - tanh_row[j] * tanh_row[j])
        for j in range(H):
            da_o[j] = dh[j] * (tanh_row[j] * gate_slope(o[j], hard))  # (4') (2')
        if first:
            for j in range(H):
                da_i[j] = dc[j] * g[j] * gate_slope(i[j], hard)  # (3') (2')
            for j in range(H):
                da_g[j] = dc[j] * i[j] * (one - g[j] * g[j])
            for j in range(H):
                da_f[j] = dc[j] * c_prev[row, j] * gate_slope(f[j], hard)
        else:
            for j in range(H):
                da_g[j] = dc[j] * (one - f[j]) * (one - g[j] * g[j])  # (3') (2')
            for j in range(H):
                da_f[j] = dc[j] * (c_prev[row, j] - g[j]) * gate_slope(f[j], hard)
        for j in range(H):
            dc[j] *= f[j]  # (3') the dc_next of step t-1
