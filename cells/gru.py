"""The gated recurrent unit (Cho et al. 2014), with the reset gate after or before the product.

Forward, for t = 0 .. T-1, with h[-1] the initial state; a has three blocks of H columns, r z n:
    (1)  a[t] = x[t] Wx + b
    (2)  r = sigmoid(a_r + h[t-1] Wh_r),  z = sigmoid(a_z + h[t-1] Wh_z)
    (3)  after:   u_n = h[t-1] Wh_n,  m = u_n + bh,  n = tanh(a_n + r m)      (cuDNN, PyTorch)
         before:  m = r h[t-1],                      n = tanh(a_n + m Wh_n)   (Cho et al., TensorFlow)
    (4)  h[t] = (1 - z) n + z h[t-1]

Backward, for t = T-1 .. 0, where dh_above[t] comes from above and dh_next from step t+1:
    (4') dh = dh_above[t] + dh_next,  dn = dh (1 - z),  dz = dh (h[t-1] - n),  dh_next = dh z
    (3') da_n = dn (1 - n^2)
         after:   dr = da_n m,   du_n = da_n r,  dh_next += du_n Wh_n^T
                  dWh_n = sum_t h[t-1]^T du_n,  dbh = sum_t du_n
         before:  dm = da_n Wh_n^T,  dr = dm h[t-1],  dh_next += dm r,  dWh_n = sum_t m^T da_n
    (2') da_r = dr r (1 - r),  da_z = dz z (1 - z),  dh_next += da_r Wh_r^T + da_z Wh_z^T
         dWh_r = sum_t h[t-1]^T da_r,  dWh_z = sum_t h[t-1]^T da_z
    (1') dx[t] = da[t] Wx^T,  dWx = sum_t x[t]^T da[t],  db = sum_t da[t]

The loops over t and what happens in one step are in gru_steps.py. There u = h[t-1] Wh has three blocks, too: u_r and
u_z are added to a_r and a_z, so du_r = da_r and du_z = da_z.
"""

import numpy as np

from .gru_steps import steps_after, steps_after_backward, steps_before, steps_before_backward
from .kernels.activations import is_hard
from .kernels.inputs import flat, project_backward, symbols_of
from .stepped import SteppedCell


class GRU(SteppedCell):
    """Gates r z n. State: h (N, H). `reset` is "after" or "before" the recurrent product.

    `gate_bias` is the initial value of b_r and b_z (1 in TensorFlow's GRUCell). With `gates` "hard",
    the sigmoids of (2) and their slopes in (2') are those of the hard sigmoid: see kernels/activations.py.

    Memory a symbol: 12 H numbers if D = H (gates, da and du 3 each; h, m, dx); 9 H with reset before.
    """

    gate_letters = "rzn"
    sigmoids, tanhs = ("r", "z"), ("n", "h")

    @staticmethod
    def shapes(D, H, reset: str = "after"):
        return {"Wx": (D, 3 * H), "Wh": (H, 3 * H), "b": (3 * H,)} | ({"bh": (H,)} if reset == "after" else {})

    def __init__(
        self, D, H, dtype=np.float32, rng=None, reset: str = "after", gate_bias: float = 0.0, gates: str = "sigmoid"
    ):
        if reset not in ("after", "before"):
            raise ValueError(f'reset is {reset!r}; expected "after" or "before"')
        super().__init__(D, H, dtype, rng, reset=reset)
        self.params["b"][: 2 * H] = gate_bias
        self.reset = reset
        self.hard = is_hard(gates)

    def work(self, T, N):
        """gates (T, N, 3H), which receive x Wx; m (T, N, H); Wh in panels; arrays for products with Wh."""
        H, Wh = self.H, self.params["Wh"]
        gates, m = self.buffer("gates", T, N, 3 * H), self.buffer("m", T, N, H)
        if self.reset == "after":
            return gates, m, self.panels("Wh", Wh), self.buffer("u", N, 3 * H)
        panels = self.panels("Wh_rz", Wh[:, : 2 * H]), self.panels("Wh_n", Wh[:, 2 * H :])
        return gates, m, *panels, self.buffer("u_rz", N, 2 * H), self.buffer("u_n", N, H)

    def steps(self, x, work, before, after):
        """Forward, T steps from [h_prev] to [h], (T, N, H) each."""
        kernel, biases = (steps_after, ("b", "bh")) if self.reset == "after" else (steps_before, ("b",))
        biases = [self.params[name] for name in biases]
        kernel(symbols_of(x), self.params["Wx"], *biases, *work, *before, *after, self.hard)

    def backward(self, dh, dstate=None):
        """dh (T, N, H) from above, dstate (N, H) or None -> dx (T, N, D) or None for symbols, dstate (N, H)."""
        x, (gates, m, *_), (h_prev,), _ = self.cache
        Wx, Wh = self.params["Wx"], self.params["Wh"]
        dWx, dWh, db = self.grads["Wx"], self.grads["Wh"], self.grads["b"]
        T, N, H = h_prev.shape
        # dh_next in two parts: see gru_steps.py.
        dh_above, (direct,) = self.gradients(h_prev, dh, dstate)
        through = np.zeros((N, H), self.dtype)
        da, symbols = self.buffer("da", T, N, 3 * H), symbols_of(x)
        if self.reset == "after":
            du, dbh, WhT = self.buffer("du", T, N, 3 * H), self.grads["bh"], self.panels("WhT", Wh.T)
            steps_after_backward(
                symbols, WhT, dh_above, direct, through, h_prev, gates, m, da, du, dWx, db, dbh, self.hard
            )
            dWh += flat(h_prev).T @ flat(du)
        else:
            Wh_rz, Wh_n = Wh[:, : 2 * H], Wh[:, 2 * H :]
            panels, dm = [self.panels("Wh_rzT", Wh_rz.T), self.panels("Wh_nT", Wh_n.T)], self.buffer("dm", N, H)
            steps_before_backward(
                symbols, *panels, dh_above, direct, through, dm, h_prev, gates, da, dWx, db, self.hard
            )
            dWh[:, : 2 * H] += flat(h_prev).T @ flat(da)[:, : 2 * H]  # (2')
            dWh[:, 2 * H :] += flat(m).T @ flat(da)[:, 2 * H :]  # (3')
        dx = project_backward(x, da, Wx, dWx, self.buffer("dx", T, N, self.D))
        return dx, direct + through
