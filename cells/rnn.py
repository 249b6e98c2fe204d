"""The tanh recurrent network (Elman, "Finding structure in time", 1990).

Forward, for t = 0 .. T-1, with h[-1] the initial state:
    (1)  a[t] = x[t] Wx + h[t-1] Wh + b
    (2)  h[t] = tanh(a[t])

Backward, for t = T-1 .. 0, where dh_above[t] comes from above and dh_next from step t+1:
    (2') dh = dh_above[t] + dh_next,  da[t] = dh (1 - h[t]^2)
    (1') dh_next = da[t] Wh^T,  dx[t] = da[t] Wx^T
         dWh = sum_t h[t-1]^T da[t],  dWx = sum_t x[t]^T da[t],  db = sum_t da[t]
"""

from numba import njit

from .kernels.activations import KERNEL, tanh
from .kernels.inputs import add_rows, flat, gather_step, project_backward, scatter_step, symbols_of
from .kernels.panels import multiply
from .stepped import SteppedCell


class RNN(SteppedCell):
    """h = tanh(x Wx + h_prev Wh + b). State: h (N, H).

    Memory a symbol: 4 H numbers if D = H (a, h, da, dx).
    """

    tanhs = ("h",)

    @staticmethod
    def shapes(D, H):
        return {"Wx": (D, H), "Wh": (H, H), "b": (H,)}

    def work(self, T, N):
        """a (T, N, H), which receives x Wx; Wh in panels; u (N, H) for h_prev Wh."""
        a = self.buffer("a", T, N, self.H)
        return a, self.panels("Wh", self.params["Wh"]), self.buffer("u", N, self.H)

    def steps(self, x, work, before, after):
        """Forward, T steps from [h_prev] to [h], (T, N, H) each."""
        forward_steps(symbols_of(x), self.params["Wx"], self.params["b"], *work, *before, *after)

    def backward(self, dh, dstate=None):
        """dh (T, N, H) from above, dstate (N, H) or None -> dx (T, N, D) or None for symbols, dstate (N, H)."""
        x, _, (h_prev,), (h,) = self.cache
        Wx, Wh = self.params["Wx"], self.params["Wh"]
        dWx, dWh, db = self.grads["Wx"], self.grads["Wh"], self.grads["b"]
        T, N, H = h.shape
        dh_above, (dh_next,) = self.gradients(h, dh, dstate)
        da = self.buffer("da", T, N, H)
        backward_steps(symbols_of(x), self.panels("WhT", Wh.T), dh_above, dh_next, h, da, dWx, db)
        dWh += flat(h_prev).T @ flat(da)
        dx = project_backward(x, da, Wx, dWx, self.buffer("dx", T, N, self.D))
        return dx, dh_next


@njit(**KERNEL)
def forward_steps(x, Wx, b, a, Wh, u, h_prev, h):
    """All T steps. Wh in panels."""
    for t in range(len(h)):
        gather_step(x, t, Wx, a[t])
        multiply(h_prev[t], Wh, u)
        forward_step(a[t], u, b, h[t])


@njit(**KERNEL)
def backward_steps(x, WhT, dh_above, dh_next, h, da, dWx, db):
    """All T steps, the last one first. WhT in panels; dh_next becomes the gradient of the initial state."""
    for t in range(len(h) - 1, -1, -1):
        backward_step(dh_above[t], dh_next, h[t], da[t])
        multiply(da[t], WhT, dh_next)  # (1')
        scatter_step(x, t, da[t], dWx)
        add_rows(da[t], db)


@njit(**KERNEL)
def forward_step(a, u, b, h):
    """One step for N rows. a, u (N, H): the input and the recurrent product."""
    N, H = h.shape
    for row in range(N):
        for j in range(H):
            h[row, j] = tanh(a[row, j] + u[row, j] + b[j])  # (1) (2)


@njit(**KERNEL)
def backward_step(dh_above, dh_next, h, da):
    """The gradient of one step for N rows, from dh_above + dh_next to da, all (N, H)."""
    N, H = h.shape
    one = h.dtype.type(1)
    for row in range(N):
        for j in range(H):
            da[row, j] = (dh_above[row, j] + dh_next[row, j]) * (one - h[row, j] * h[row, j])  # (2')
