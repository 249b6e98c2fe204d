"""The minimal LSTM (Feng et al., "Were RNNs All We Needed?", 2024, arXiv 2410.01201): its gates see only the input, and
what it forgets and what it writes are shares of one whole. See mingru.py, too.

Forward, for t = 0 .. T-1, with h[-1] the initial state:
    (1)  a[t] = x[t] Wx + b                      in three blocks of H columns: i f g
    (2)  i = sigmoid(a_i),  f = sigmoid(a_f),  g = positive(a_g)    positive: see mingru.py
    (3)  k = f / (f + i)                         the share that is kept; 1 - k = i / (f + i)
    (4)  h[t] = k h[t-1] + (1 - k) g

Backward, for t = T-1 .. 0, where dh_above[t] comes from above and dh_next from step t+1:
    (4') dh = dh_above[t] + dh_next,  dk = dh (h[t-1] - g),  dg = dh (1 - k),  dh_next = dh k
    (3') df = dk k (1 - k) / f,  di = -dk k (1 - k) / i
    (2') da_f = dk k (1 - k) (1 - f),  da_i = -dk k (1 - k) (1 - i)
         da_g = dg (1 where g > 0.5, else g (1 - g))
    (1') dx[t] = da[t] Wx^T,  dWx = sum_t x[t]^T da[t],  db = sum_t da[t]
"""

import numpy as np
from numba import njit

from .kernels.activations import KERNEL, exp, positive, positive_slope
from .kernels.inputs import add_rows, gather_step, project_backward, scatter_step, symbols_of
from .stepped import SteppedCell

# exp of this is finite in float32.
HIGHEST = 88


class MinLSTM(SteppedCell):
    """Gates i f, candidate g. State: h (N, H); there is neither c nor Wh. `forget_bias` is the initial value of b_f.

    Memory a symbol: 8 H numbers if D = H (gates and da 3 each; h, dx).
    """

    gate_letters = "ifg"
    sigmoids = ("i", "f")

    @staticmethod
    def shapes(D, H):
        return {"Wx": (D, 3 * H), "b": (3 * H,)}

    def __init__(self, D, H, dtype=np.float32, rng=None, forget_bias: float = 1.0):
        super().__init__(D, H, dtype, rng)
        self.params["b"][H : 2 * H] = forget_bias

    def work(self, T, N):
        """gates (T, N, 3H), which receive x Wx."""
        return (self.buffer("gates", T, N, 3 * self.H),)

    def steps(self, x, work, before, after):
        """Forward, T steps from [h_prev] to [h], (T, N, H) each."""
        forward_steps(symbols_of(x), self.params["Wx"], self.params["b"], *work, *before, *after)

    def backward(self, dh, dstate=None):
        """dh (T, N, H) from above, dstate (N, H) or None -> dx (T, N, D) or None for symbols, dstate (N, H)."""
        x, (gates,), (h_prev,), _ = self.cache
        dWx, db = self.grads["Wx"], self.grads["b"]
        dh_above, (dh_next,) = self.gradients(h_prev, dh, dstate)
        da = self.buffer("da", *gates.shape)
        backward_steps(symbols_of(x), dh_above, dh_next, h_prev, gates, da, dWx, db)
        dx = project_backward(x, da, self.params["Wx"], dWx, self.buffer("dx", *dh_above.shape[:2], self.D))
        return dx, dh_next


@njit(**KERNEL)
def forward_steps(x, Wx, b, gates, h_prev, h):
    """All T steps."""
    for t in range(len(h)):
        gather_step(x, t, Wx, gates[t])
        forward_step(b, h_prev[t], gates[t], h[t])


@njit(**KERNEL)
def backward_steps(x, dh_above, dh_next, h_prev, gates, da, dWx, db):
    """All T steps, the last one first. dh_next becomes the gradient of the initial state."""
    for t in range(len(dh_above) - 1, -1, -1):
        backward_step(dh_above[t], dh_next, h_prev[t], gates[t], da[t])
        scatter_step(x, t, da[t], dWx)
        add_rows(da[t], db)


@njit(**KERNEL)
def forward_step(b, h_prev, gates, h):
    """One step for N rows. gates (N, 3H) holds x Wx and receives i f g."""
    N, H = h.shape
    one, highest = h.dtype.type(1), h.dtype.type(HIGHEST)
    for row in range(N):
        a = gates[row]
        i, f, g = a[:H], a[H : 2 * H], a[2 * H :]
        for j in range(2 * H):
            # Not by tanh: the quotient of (3) needs all digits of a gate that is nearly 0.
            a[j] = one / (one + exp(min(-a[j] - b[j], highest)))  # (1) (2) i and f
        for j in range(H):
            g[j] = positive(g[j] + b[2 * H + j])
        for j in range(H):
            k = f[j] / (f[j] + i[j])  # (3)
            h[row, j] = k * h_prev[row, j] + (one - k) * g[j]  # (4)


@njit(**KERNEL)
def backward_step(dh_above, dh_next, h_prev, gates, da):
    """The gradient of one step for N rows, from dh_above and dh_next to da and the dh_next of step t-1.

    The buffer dh_next plays two roles: in between it holds the whole sum dh.
    """
    N, H = dh_above.shape
    one = dh_above.dtype.type(1)
    for row in range(N):
        i, f, g = gates[row, :H], gates[row, H : 2 * H], gates[row, 2 * H :]
        da_i, da_f, da_g, dh = da[row, :H], da[row, H : 2 * H], da[row, 2 * H :], dh_next[row]
        for j in range(H):
            dh[j] += dh_above[row, j]  # (4')
        for j in range(H):
            k = f[j] / (f[j] + i[j])
            slope = dh[j] * (h_prev[row, j] - g[j]) * k * (one - k)  # (4') (3')
            da_i[j] = slope * (i[j] - one)  # (2')
            da_f[j] = slope * (one - f[j])
            da_g[j] = dh[j] * (one - k) * positive_slope(g[j])
            dh[j] *= k  # the dh_next of step t-1
