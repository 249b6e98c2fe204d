"""A GRU that chooses how to read its input (the custom cell of r2rt, "Recurrent Neural Networks in
Tensorflow II", 2016): K transforms of x are learned, and each step takes a mean of them whose
weights w depend on x and on the state. From (4) on it is the GRU of gru.py with the reset before
the product.

Forward, for t = 0 .. T-1, with h[-1] the initial state:
    (1)  p[t] = x[t] Wx             in blocks r z w n_1 .. n_K, of H H K H .. H columns
    (2)  w = softmax(p_w + h[t-1] Wh_w + b_w)
    (3)  a_n = sum_k w_k p_n_k,  a_r = p_r,  a_z = p_z
    (4)  r = sigmoid(a_r + h[t-1] Wh_r + b_r),  z = sigmoid(a_z + h[t-1] Wh_z + b_z)
    (5)  m = r h[t-1],  n = tanh(a_n + m Wh_n + b_n)
    (6)  h[t] = (1 - z) n + z h[t-1]

Backward, for t = T-1 .. 0, where dh_above[t] comes from above and dh_next from step t+1:
    (6') dh = dh_above[t] + dh_next,  dn = dh (1 - z),  dz = dh (h[t-1] - n),  dh_next = dh z
    (5') da_n = dn (1 - n^2),  dm = da_n Wh_n^T,  dr = dm h[t-1],  dh_next += dm r
         dWh_n = sum_t m^T da_n,  db_n = sum_t da_n
    (4') da_r = dr r (1 - r),  da_z = dz z (1 - z)
    (3') dp_r = da_r,  dp_z = da_z,  dp_n_k = w_k da_n,  dw_k = da_n . p_n_k, a sum over the units
    (2') dp_w_k = w_k (dw_k - sum_l w_l dw_l)
         for q = r, z, w:  dh_next += dp_q Wh_q^T,  dWh_q = sum_t h[t-1]^T dp_q,  db_q = sum_t dp_q
    (1') dx[t] = dp[t] Wx^T,  dWx = sum_t x[t]^T dp[t]
"""

import numpy as np
from numba import njit

from .gru_steps import backward_before, backward_mix, forward_before, forward_before_candidate
from .kernels.activations import KERNEL, SUMS, exp
from .kernels.inputs import add_rows, flat, gather_step, project_backward, scatter_step, symbols_of
from .kernels.panels import multiply
from .stepped import SteppedCell


class MixGRU(SteppedCell):
    """Gates r z, weights w of K = `transforms` readings of x, candidate n. State: h (N, H).

    Blocks of columns: Wx r z w n_1 .. n_K; Wh and b r z w n. `gate_bias` is the initial value of b_r and b_z.

    Memory a symbol: (13 + 2 K) H + 2 K numbers if D = H (p and dp 2 + K each; gates and da 3; h, m, dx).
    """

    sigmoids, tanhs = ("r", "z"), ("n", "h")

    @staticmethod
    def shapes(D, H, transforms: int = 5):
        K = transforms
        return {"Wx": (D, 2 * H + K + K * H), "Wh": (H, 3 * H + K), "b": (3 * H + K,)}

    def __init__(self, D, H, dtype=np.float32, rng=None, gate_bias: float = 0.0, transforms: int = 5):
        if transforms < 1:
            raise ValueError(f"transforms is {transforms}; expected 1 or more")
        super().__init__(D, H, dtype, rng, transforms=transforms)
        self.K = transforms
        self.params["b"][: 2 * H] = gate_bias

    def blocks(self, name):
        """The matrix `name` as views, one for each of r z w n (of Wx: n_1 .. n_K)."""
        W, H, K = self.params[name], self.H, self.K
        return np.split(W, [H, 2 * H, *range(2 * H + K, W.shape[1], H)], axis=1)

    def work(self, T, N):
        """p, which receives x Wx; gates (T, N, 3H); m (T, N, H); Wh in panels; arrays for products with Wh."""
        H, K, Wh = self.H, self.K, self.params["Wh"]
        p, gates = self.buffer("p", T, N, 2 * H + K + K * H), self.buffer("gates", T, N, 3 * H)
        panels = self.panels("Wh_rzw", Wh[:, : 2 * H + K]), self.panels("Wh_n", Wh[:, 2 * H + K :])
        products = self.buffer("u_rzw", N, 2 * H + K), self.buffer("u_n", N, H)
        return p, gates, self.buffer("m", T, N, H), *panels, *products

    def steps(self, x, work, before, after):
        """Forward, T steps from [h_prev] to [h], (T, N, H) each."""
        forward_steps(symbols_of(x), self.params["Wx"], self.params["b"], *work, *before, *after)

    def backward(self, dh, dstate=None):
        """dh (T, N, H) from above, dstate (N, H) or None -> dx (T, N, D) or None for symbols, dstate (N, H)."""
        x, (p, gates, m, *_), (h_prev,), _ = self.cache
        Wx, Wh = self.params["Wx"], self.params["Wh"]
        dWx, dWh, db = self.grads["Wx"], self.grads["Wh"], self.grads["b"]
        T, N, H = h_prev.shape
        rzw, n = slice(2 * H + self.K), slice(2 * H + self.K, None)
        dh_above, (direct,) = self.gradients(h_prev, dh, dstate)
        through = np.zeros((N, H), self.dtype)
        da, dm = self.buffer("da", T, N, 3 * H), self.buffer("dm", N, H)
        dp = self.buffer("dp", *p.shape)
        Wh_rzwT, Wh_nT = self.panels("Wh_rzwT", Wh[:, rzw].T), self.panels("Wh_nT", Wh[:, n].T)
        backward_steps(symbols_of(x), Wh_rzwT, Wh_nT, dh_above, direct, through, dm, h_prev, p, gates, da, dp, dWx, db)
        dWh[:, rzw] += flat(h_prev).T @ flat(dp)[:, rzw]
        dWh[:, n] += flat(m).T @ flat(da)[:, 2 * H :]
        dx = project_backward(x, dp, Wx, dWx, self.buffer("dx", T, N, self.D))  # (1')
        return dx, direct + through

    def activations(self):
        """h after each step, and r z n, without the weights w: (T, N, H) each."""
        gates = self.cache[1][1]
        return super().activations() | dict(zip("rzn", np.split(gates, 3, axis=2)))


# All T steps. All matrices but Wx are in panels.


@njit(**KERNEL)
def forward_steps(x, Wx, b, p, gates, m, Wh_rzw, Wh_n, u_rzw, u_n, h_prev, h):
    H = h.shape[2]
    for t in range(len(h)):
        gather_step(x, t, Wx, p[t])  # (1)
        multiply(h_prev[t], Wh_rzw, u_rzw)
        forward_reading(u_rzw, b, p[t], gates[t])
        forward_before(u_rzw, b, h_prev[t], gates[t], m[t], False)  # (4)
        multiply(m[t], Wh_n, u_n)
        forward_before_candidate(u_n, b[b.size - H :], h_prev[t], gates[t], h[t])  # (5) (6)


@njit(**KERNEL)
def backward_steps(x, Wh_rzwT, Wh_nT, dh_above, direct, through, dm, h_prev, p, gates, da, dp, dWx, db):
    H = dh_above.shape[2]
    rzw = Wh_rzwT.shape[1]
    for t in range(len(dh_above) - 1, -1, -1):
        backward_mix(dh_above[t], direct, through, h_prev[t], gates[t], da[t], False)  # (6')
        multiply(da[t, :, 2 * H :], Wh_nT, dm)  # (5')
        backward_before(dm, direct, h_prev[t], gates[t], da[t], False)  # (4')
        backward_reading(da[t], p[t], dp[t])
        multiply(dp[t, :, :rzw], Wh_rzwT, through)
        scatter_step(x, t, dp[t], dWx)  # (1')
        add_rows(dp[t, :, :rzw], db[:rzw])
        add_rows(da[t, :, 2 * H :], db[rzw:])


# Each kernel takes one step for N rows, between p (N, 2H + K + K H) and what a GRU knows (N, 3H).


@njit(**KERNEL)
def forward_reading(u_rzw, b, p, gates):
    """The weights w in place of p_w, and a_r, a_z, a_n in gates; u_rzw (N, 2H + K or more) = h_prev Wh_rzw."""
    N, H = gates.shape[0], gates.shape[1] // 3
    K = b.size - 3 * H
    for row in range(N):
        w, a_n = p[row, 2 * H : 2 * H + K], gates[row, 2 * H :]
        for k in range(K):
            w[k] += u_rzw[row, 2 * H + k] + b[2 * H + k]
        softmax(w)  # (2)
        for j in range(2 * H):
            gates[row, j] = p[row, j]  # (3)
        for j in range(H):
            a_n[j] = 0
        for k in range(K):
            share, reading = w[k], p[row, 2 * H + K + k * H :]
            for j in range(H):
                a_n[j] += share * reading[j]


@njit(**KERNEL)
def softmax(w):
    """exp(w) / sum exp(w), in place; the largest is taken off first, so that nothing overflows."""
    largest = w[0]
    for k in range(w.size):
        largest = max(largest, w[k])
    total = w.dtype.type(0)
    for k in range(w.size):
        w[k] = exp(w[k] - largest)
        total += w[k]
    for k in range(w.size):
        w[k] /= total


@njit(**SUMS)
def backward_reading(da, p, dp):
    """From da (N, 3H) to dp."""
    N, H = da.shape[0], da.shape[1] // 3
    K = (p.shape[1] - 2 * H) // (H + 1)
    for row in range(N):
        w, dw, da_n = p[row, 2 * H : 2 * H + K], dp[row, 2 * H : 2 * H + K], da[row, 2 * H :]
        for j in range(2 * H):
            dp[row, j] = da[row, j]  # (3')
        mean = w.dtype.type(0)
        for k in range(K):
            start = 2 * H + K + k * H
            share, reading, dreading = w[k], p[row, start:], dp[row, start:]
            for j in range(H):
                dreading[j] = share * da_n[j]
            dot = w.dtype.type(0)
            for j in range(H):
                dot += da_n[j] * reading[j]
            dw[k] = dot
            mean += share * dot
        for k in range(K):
            dw[k] = w[k] * (dw[k] - mean)  # (2')
