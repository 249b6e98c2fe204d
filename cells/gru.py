"""The gated recurrent unit (Cho et al. 2014), with the reset gate after or before the product.

Forward, for t = 0 .. T-1, with h[-1] the initial state; a has three blocks of H columns, r z n:
    (1)  a[t] = x[t] Wx + b
    (2)  r = sigmoid(a_r + h[t-1] Wh_r),  z = sigmoid(a_z + h[t-1] Wh_z)
    (3)  after:   m = h[t-1] Wh_n + bh,   n = tanh(a_n + r m)        (cuDNN, PyTorch)
         before:  m = r h[t-1],           n = tanh(a_n + m Wh_n)     (Cho et al., TensorFlow)
    (4)  h[t] = (1 - z) n + z h[t-1]

Backward, for t = T-1 .. 0, where dh[t] comes from above and dh_next from step t+1:
    (4') dh = dh[t] + dh_next,  dn = dh (1 - z),  dz = dh (h[t-1] - n),  dh_next = dh z
    (3') da_n = dn (1 - n^2)
         after:   dr = da_n m,   du_n = da_n r,  dh_next += du_n Wh_n^T
                  dWh_n = sum_t h[t-1]^T du_n,  dbh = sum_t du_n
         before:  dm = da_n Wh_n^T,  dr = dm h[t-1],  dh_next += dm r,  dWh_n = sum_t m^T da_n
    (2') da_r = dr r (1 - r),  da_z = dz z (1 - z),  dh_next += da_r Wh_r^T + da_z Wh_z^T
         dWh_r = sum_t h[t-1]^T da_r,  dWh_z = sum_t h[t-1]^T da_z
    (1') dx[t] = da[t] Wx^T,  dWx = sum_t x[t]^T da[t],  db = sum_t da[t]
"""

import numpy as np
from numba import njit

from .cell import Cell
from .kernels.activations import KERNEL, gate, gate_slope, is_hard, tanh
from .kernels.inputs import add_rows, flat, gather_step, project, project_backward, scatter_step, symbols_of
from .kernels.panels import multiply


class GRU(Cell):
    """Gates r z n. State: h (N, H). `reset` is "after" or "before" the recurrent product.

    `gate_bias` is what b_r and b_z start from (1 in TensorFlow's GRUCell). With `gates` "hard", the
    sigmoids of (2) are hard ones: min(max(0.2 a + 0.5, 0), 1), whose slope, in place of y (1 - y) in
    (2'), is 0.2 where 0 < y < 1 and 0 elsewhere.

    Memory a symbol: 12 H numbers, where D = H (gates, da and du 3 each; h, m, dx); 9 H with reset before.
    """

    sigmoids, tanhs = ("r", "z"), ("n", "h")

    @staticmethod
    def shapes(D, H, reset="after"):
        return {"Wx": (D, 3 * H), "Wh": (H, 3 * H), "b": (3 * H,)} | ({"bh": (H,)} if reset == "after" else {})

    def __init__(self, D, H, dtype=np.float32, rng=None, reset="after", gate_bias=0.0, gates="sigmoid"):
        if reset not in ("after", "before"):
            raise ValueError(f'reset is {reset!r}; expected "after" or "before"')
        super().__init__(D, H, dtype, rng, reset=reset)
        self.params["b"][: 2 * H] = gate_bias
        self.reset = reset
        self.hard = is_hard(gates)

    def forward(self, x, state=None):
        """x (T, N, D) or integers (T, N); state h (N, H) or None for zeros -> h (T, N, H), state."""
        x = self.checked(x)
        T, N = x.shape[:2]
        h_prev, h = self.trajectory("h", state, T, N)
        work = gates, m, _, _ = self.work(T, N)
        project(x, self.params["Wx"], out=gates)
        self.steps(x, work, [h_prev], [h])
        self.cache = x, h_prev, gates, m
        return h, h[-1].copy()

    def work(self, T, N):
        """What `steps` needs for T steps of N rows: gates, which receive x Wx; m; matrices in panels; products."""
        H, Wh = self.H, self.params["Wh"]
        gates, m = self.buffer("gates", T, N, 3 * H), self.buffer("m", T, N, H)
        if self.reset == "after":
            return gates, m, [self.panels("Wh", Wh)], [self.buffer("u", N, 3 * H)]
        panels = [self.panels("Wh_rz", Wh[:, : 2 * H]), self.panels("Wh_n", Wh[:, 2 * H :])]
        return gates, m, panels, [self.buffer("u_rz", N, 2 * H), self.buffer("u_n", N, H)]

    def steps(self, x, work, before, after):
        """T steps from the states [h_prev] to [h], (T, N, H) each."""
        gates, m, panels, products = work
        Wx, _, *biases = self.params.values()
        kernel = steps_after if self.reset == "after" else steps_before
        kernel(symbols_of(x), Wx, *panels, *products, *biases, *before, gates, m, *after, self.hard)

    def backward(self, dh, dstate=None):
        """dh (T, N, H), dstate (N, H) or None -> dx (T, N, D) or None for symbols, dstate (N, H)."""
        x, h_prev, gates, m = self.cache
        symbols = symbols_of(x)
        (Wx, Wh, *_), (dWx, dWh, *db) = self.params.values(), self.grads.values()
        T, N, H = h_prev.shape
        dh = self.gradient_of(h_prev, dh)
        # dh_next in two parts: what h[t-1] passed on directly, and what went through Wh.
        direct, through = self.future(dstate, N), self.future(None, N)
        da = self.buffer("da", T, N, 3 * H)
        if self.reset == "after":
            du = self.buffer("du", T, N, 3 * H)
            WhT = self.panels("WhT", Wh.T)
            steps_after_backward(symbols, WhT, dh, direct, through, h_prev, gates, m, da, du, dWx, *db, self.hard)
            dWh += flat(h_prev).T @ flat(du)
        else:
            Wh_rz, Wh_n = Wh[:, : 2 * H], Wh[:, 2 * H :]
            panels, dm = [self.panels("Wh_rzT", Wh_rz.T), self.panels("Wh_nT", Wh_n.T)], self.buffer("dm", N, H)
            steps_before_backward(symbols, *panels, dh, direct, through, dm, h_prev, gates, da, dWx, *db, self.hard)
            dWh[:, : 2 * H] += flat(h_prev).T @ flat(da)[:, : 2 * H]
            dWh[:, 2 * H :] += flat(m).T @ flat(da)[:, 2 * H :]
        dx = project_backward(x, da, Wx, dWx, self.buffer("dx", T, N, self.D))
        return dx, direct + through

    def activations(self):
        """h after each step, and r z n: (T, N, H) each."""
        _, _, gates, _ = self.cache
        return super().activations() | dict(zip("rzn", np.split(gates, 3, axis=2)))


# All T steps, the matrices but Wx in panels.


@njit(**KERNEL)
def steps_after(x, Wx, Wh, u, b, bh, h_prev, gates, m, h, hard):
    for t in range(len(h)):
        gather_step(x, t, Wx, gates[t])
        multiply(h_prev[t], Wh, u)
        forward_after(u, b, bh, h_prev[t], gates[t], m[t], h[t], hard)


@njit(**KERNEL)
def steps_after_backward(x, WhT, dh, direct, through, h_prev, gates, m, da, du, dWx, db, dbh, hard):
    for t in range(len(dh) - 1, -1, -1):
        backward_after(dh[t], direct, through, h_prev[t], gates[t], m[t], da[t], du[t], hard)
        multiply(du[t], WhT, through)
        scatter_step(x, t, da[t], dWx)
        add_rows(da[t], db)
        add_rows(du[t, :, -dbh.size :], dbh)


@njit(**KERNEL)
def steps_before(x, Wx, Wh_rz, Wh_n, u_rz, u_n, b, h_prev, gates, m, h, hard):
    H = h.shape[2]
    for t in range(len(h)):
        gather_step(x, t, Wx, gates[t])
        multiply(h_prev[t], Wh_rz, u_rz)
        forward_before(u_rz, b, h_prev[t], gates[t], m[t], hard)
        multiply(m[t], Wh_n, u_n)
        forward_before_candidate(u_n, b[2 * H :], h_prev[t], gates[t], h[t])


@njit(**KERNEL)
def steps_before_backward(x, Wh_rzT, Wh_nT, dh, direct, through, dm, h_prev, gates, da, dWx, db, hard):
    H = dh.shape[2]
    for t in range(len(dh) - 1, -1, -1):
        backward_mix(dh[t], direct, through, h_prev[t], gates[t], da[t], hard)
        multiply(da[t, :, 2 * H :], Wh_nT, dm)
        backward_before(dm, direct, h_prev[t], gates[t], da[t], hard)
        multiply(da[t, :, : 2 * H], Wh_rzT, through)
        scatter_step(x, t, da[t], dWx)
        add_rows(da[t], db)


# Each kernel takes one step for N rows. gates (N, 3H) holds x Wx and receives r z n.


@njit(**KERNEL)
def forward_gates(u, b, gates, hard):
    """r and z, from u (N, 2H or more) = h_prev Wh."""
    N, H = gates.shape[0], gates.shape[1] // 3
    for n in range(N):
        a = gates[n]
        for j in range(2 * H):
            a[j] = gate(a[j] + b[j] + u[n, j], hard)  # (1) (2)


@njit(**KERNEL)
def forward_mix(h_prev, gates, h):
    """The new state, between the candidate n and the old one."""
    N, H = h.shape
    for n in range(N):
        z, candidate = gates[n, H : 2 * H], gates[n, 2 * H :]
        for j in range(H):
            h[n, j] = candidate[j] + z[j] * (h_prev[n, j] - candidate[j])  # (4)


@njit(**KERNEL)
def forward_after(u, b, bh, h_prev, gates, m, h, hard):
    """A whole step with the reset after the product, u (N, 3H) = h_prev Wh."""
    N, H = h.shape
    forward_gates(u, b, gates, hard)
    for n in range(N):
        r, candidate = gates[n, :H], gates[n, 2 * H :]
        for j in range(H):
            m[n, j] = u[n, 2 * H + j] + bh[j]  # (3)
        for j in range(H):
            candidate[j] = tanh(candidate[j] + b[2 * H + j] + r[j] * m[n, j])
    forward_mix(h_prev, gates, h)


@njit(**KERNEL)
def forward_before(u_rz, b, h_prev, gates, m, hard):
    """The first half of a step with the reset before the product: r, z and m = r h_prev."""
    N, H = h_prev.shape
    forward_gates(u_rz, b, gates, hard)
    for n in range(N):
        for j in range(H):
            m[n, j] = gates[n, j] * h_prev[n, j]  # (3)


@njit(**KERNEL)
def forward_before_candidate(u_n, b_n, h_prev, gates, h):
    """The second half, u_n (N, H) = m Wh_n: the candidate and the new state."""
    N, H = h.shape
    for n in range(N):
        candidate = gates[n, 2 * H :]
        for j in range(H):
            candidate[j] = tanh(candidate[j] + b_n[j] + u_n[n, j])  # (3)
    forward_mix(h_prev, gates, h)


@njit(**KERNEL)
def backward_mix(dh, direct, through, h_prev, gates, da, hard):
    """From dh + direct + through to da_z, da_n and the new `direct`."""
    N, H = dh.shape
    one = dh.dtype.type(1)
    for n in range(N):
        z, candidate = gates[n, H : 2 * H], gates[n, 2 * H :]
        da_z, da_n, d = da[n, H : 2 * H], da[n, 2 * H :], direct[n]
        for j in range(H):
            d[j] += dh[n, j] + through[n, j]
        for j in range(H):
            da_n[j] = d[j] * (one - z[j]) * (one - candidate[j] * candidate[j])  # (4') (3')
        for j in range(H):
            da_z[j] = d[j] * (h_prev[n, j] - candidate[j]) * gate_slope(z[j], hard)  # (4') (2')
        for j in range(H):
            d[j] *= z[j]


@njit(**KERNEL)
def backward_after(dh, direct, through, h_prev, gates, m, da, du, hard):
    """From dh + direct + through to da (at the input side) and du (at the recurrent side)."""
    N, H = dh.shape
    backward_mix(dh, direct, through, h_prev, gates, da, hard)
    for n in range(N):
        r, da_r, da_n = gates[n, :H], da[n, :H], da[n, 2 * H :]
        for j in range(H):
            da_r[j] = da_n[j] * m[n, j] * gate_slope(r[j], hard)  # (3') (2')
        for j in range(2 * H):
            du[n, j] = da[n, j]
        for j in range(H):
            du[n, 2 * H + j] = da_n[j] * r[j]


@njit(**KERNEL)
def backward_before(dm, direct, h_prev, gates, da, hard):
    """From dm = da_n Wh_n^T to da_r, and its share of `direct`."""
    N, H = h_prev.shape
    for n in range(N):
        r, da_r = gates[n, :H], da[n, :H]
        for j in range(H):
            direct[n, j] += dm[n, j] * r[j]  # (3')
        for j in range(H):
            da_r[j] = dm[n, j] * h_prev[n, j] * gate_slope(r[j], hard)  # (2')
