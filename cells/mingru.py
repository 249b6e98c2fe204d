"""The minimal GRU (Feng et al., "Were RNNs All We Needed?", 2024, arXiv 2410.01201): its gates see only the input, so
x Wx is one product for all steps, and what remains of the recurrence is a weighted mean, unit by unit.

Forward, for t = 0 .. T-1, with h[-1] the initial state:
    (1)  a[t] = x[t] Wx + b                      in two blocks of H columns: z n
    (2)  z = sigmoid(a_z),  n = positive(a_n)    positive(a) = a + 0.5 where a > 0, else sigmoid(a)
    (3)  h[t] = (1 - z) h[t-1] + z n             (in gru.py, z and 1 - z are exchanged)

Backward, for t = T-1 .. 0, where dh_above[t] comes from above and dh_next from step t+1:
    (3') dh = dh_above[t] + dh_next,  dz = dh (n - h[t-1]),  dn = dh z,  dh_next = dh (1 - z)
    (2') da_z = dz z (1 - z),  da_n = dn (1 where n > 0.5, else n (1 - n))
    (1') dx[t] = da[t] Wx^T,  dWx = sum_t x[t]^T da[t],  db = sum_t da[t]

The candidate n is that of the paper's language models. The paper runs (3) as a parallel scan, in logarithms, for which
n must be positive. On a processor, a loop over t with vectors of units needs fewer operations and no logarithms.
The blocks of the paper also have a convolution and an MLP; here layers are just stacked.
"""

from numba import njit

from .kernels.activations import KERNEL, positive, positive_slope, sigmoid
from .kernels.inputs import add_rows, gather_step, project_backward, scatter_step, symbols_of
from .stepped import SteppedCell


class MinGRU(SteppedCell):
    """Gate z, candidate n. State: h (N, H). There is no Wh.

    Memory a symbol: 6 H numbers if D = H (gates and da 2 each; h, dx).
    """

    gate_letters = "zn"
    sigmoids = ("z",)

    @staticmethod
    def shapes(D, H):
        return {"Wx": (D, 2 * H), "b": (2 * H,)}

    def work(self, T, N):
        """gates (T, N, 2H), which receive x Wx."""
        return (self.buffer("gates", T, N, 2 * self.H),)

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
    """One step for N rows. gates (N, 2H) holds x Wx and receives z n."""
    N, H = h.shape
    one = h.dtype.type(1)
    for row in range(N):
        z, n = gates[row, :H], gates[row, H:]
        for j in range(H):
            z[j] = sigmoid(z[j] + b[j])  # (1) (2)
        for j in range(H):
            n[j] = positive(n[j] + b[H + j])
        for j in range(H):
            h[row, j] = (one - z[j]) * h_prev[row, j] + z[j] * n[j]  # (3)


@njit(**KERNEL)
def backward_step(dh_above, dh_next, h_prev, gates, da):
    """The gradient of one step for N rows, from dh_above and dh_next to da and the dh_next of step t-1.

    The buffer dh_next plays two roles: in between it holds the whole sum dh.
    """
    N, H = dh_above.shape
    one = dh_above.dtype.type(1)
    for row in range(N):
        z, n = gates[row, :H], gates[row, H:]
        da_z, da_n, dh = da[row, :H], da[row, H:], dh_next[row]
        for j in range(H):
            dh[j] += dh_above[row, j]  # (3')
        for j in range(H):
            da_z[j] = dh[j] * (n[j] - h_prev[row, j]) * z[j] * (one - z[j])  # (3') (2')
        for j in range(H):
            da_n[j] = dh[j] * z[j] * positive_slope(n[j])
        for j in range(H):
            dh[j] *= one - z[j]  # the dh_next of step t-1
