"""The Mogrifier LSTM (Melis, Kocisky and Blunsom 2020): before each step of an LSTM, its input and its state take turns
to scale one another. The scales come from matrices of low rank, A B.

Forward, for t = 0 .. T-1, with v[-1] = x[t] and v[0] = h[t-1], for rounds k = 1 .. R:
    (1)  z_k = v[k-1] A_k,  u_k = z_k B_k + q_k,  s_k = sigmoid(u_k)
    (2)  v[k] = 2 s_k v[k-2]                     so x is scaled in odd rounds, and h in even ones
    (3)  the step of lstm.py, from the last v of x and of h in place of x[t] and h[t-1]

Backward, for t = T-1 .. 0, then k = R .. 1:
    (3') da[t] as in lstm.py;  dv = da[t] Wx^T for the last v of x,  da[t] Wh^T for the last v of h
         dWx = sum_t v^T da[t],  dWh = sum_t v^T da[t]   with the last v of x and of h
    (2') du_k = dv[k] v[k] (1 - s_k),  dv[k-2] = 2 s_k dv[k]
    (1') dz_k = du_k B_k^T,  dv[k-1] += dz_k A_k^T
         dA_k = sum_t v[k-1]^T dz_k,  dB_k = sum_t z_k^T du_k,  dq_k = sum_t du_k
         after round 1:  dx[t] = dv[-1],  dh_next = dv[0]
In (2'), ds_k = dv[k] 2 v[k-2] = dv[k] v[k] / s_k, and du_k = ds_k s_k (1 - s_k).
"""

import numpy as np
from numba import njit

from .kernels.activations import KERNEL, sigmoid
from .kernels.inputs import add_rows, flat
from .kernels.panels import multiply
from .lstm import LSTM, backward_step, forward_step


class Mogrifier(LSTM):
    """An LSTM with `rounds` rounds of scaling, of rank K = `rank`. Gates i f g o. State: (h, c), each (N, H).

    Round k has A_k, B_k and q_k: (H, K), (K, D) and (D,) if k is odd, (D, K), (K, H) and (H,) if it is even. At
    first q is 0 and A B is small, so every scale is near 1. Symbols become one-hot vectors: give it an embedding if
    there are many.

    Memory a symbol: 12 H + R (3 H + 2 K) numbers if D = H (those of the LSTM; v, s, du, z and dz).
    """

    projected = False

    @staticmethod
    def shapes(D, H, rounds: int = 4, rank: int = 32, tie_gates: bool = False):
        shapes = LSTM.shapes(D, H, tie_gates)
        for k in range(1, rounds + 1):
            source, target = (H, D) if k % 2 else (D, H)
            shapes |= {f"A{k}": (source, rank), f"B{k}": (rank, target), f"q{k}": (target,)}
        return shapes

    def __init__(
        self, D, H, dtype=np.float32, rng=None, forget_bias: float = 1.0, tie_gates: bool = False,
        rounds: int = 4, rank: int = 32,
    ):  # fmt: skip
        if rounds < 1 or rank < 1:
            raise ValueError(f"rounds is {rounds} and rank is {rank}; expected 1 or more")
        self.rounds, self.rank = rounds, rank
        super().__init__(D, H, dtype, rng, forget_bias, "sigmoid", tie_gates, rounds=rounds, rank=rank)

    def of_rounds(self, letter):
        """A tuple of the parameters A_k, B_k or q_k of all rounds."""
        return tuple(self.params[f"{letter}{k}"] for k in range(1, self.rounds + 1))

    def buffers(self, name, T, N, columns):
        """A tuple of arrays (T, N, columns[k]) for all rounds k."""
        return tuple(self.buffer(f"{name}{k}", T, N, width) for k, width in enumerate(columns, 1))

    @property
    def columns(self):
        """The columns of v[k] for all rounds k."""
        return [self.D if k % 2 else self.H for k in range(1, self.rounds + 1)]

    def work(self, T, N):
        """gates (T, N, G*H); tanh_c (T, N, H); product (N, G*H); matrices in panels; v, s, z of all rounds."""
        gates, tanh_c, Wh, product = super().work(T, N)
        A, B = ([self.panels(f"{letter}{k}", W) for k, W in enumerate(self.of_rounds(letter))] for letter in "AB")
        v, s = self.buffers("v", T, N, self.columns), self.buffers("s", T, N, self.columns)
        z = self.buffers("z", T, N, [self.rank] * self.rounds)
        return gates, tanh_c, product, self.panels("Wx", self.params["Wx"]), Wh, tuple(A), tuple(B), v, s, z

    def vectors(self, x):
        """x (T, N, D), or integers (T, N) as one-hot vectors; an array that kernels can take."""
        if x.ndim == 3:
            return np.require(x, requirements=["A", "W"])
        rows = self.buffer("one_hot", *x.shape, self.D)
        rows[:] = 0
        np.put_along_axis(rows, x[..., np.newaxis], 1, axis=2)
        return rows

    def steps(self, x, work, before, after):
        """Forward, T steps from [h_prev, c_prev] to [h, c], (T, N, H) each."""
        gates, tanh_c, product, Wx, Wh, A, B, v, s, z = work
        v = self.vectors(x), before[0], *v
        b, q = self.params["b"], self.of_rounds("q")
        forward_steps(Wx, Wh, b, A, B, q, v, s, z, gates, tanh_c, product, before[1], *after)

    def backward(self, dh, dstate=None):
        """dh (T, N, H) from above, dstate (dh, dc) or None -> dx (T, N, D) or None for symbols, dstate."""
        x, (gates, tanh_c, *_, v, s, z), (h_prev, c_prev), _ = self.cache
        v, R = (self.vectors(x), h_prev, *v), self.rounds
        dh_above, (dh_next, dc_next) = self.gradients(tanh_c, dh, dstate)
        T, N, _ = dh_above.shape
        da, dx = self.buffer("da", *gates.shape), self.buffer("dx", T, N, self.D)
        du, dz = self.buffers("du", T, N, self.columns), self.buffers("dz", T, N, [self.rank] * R)
        WxT, WhT = (self.panels(f"{name}T", self.params[name].T) for name in ("Wx", "Wh"))
        AT, BT = (
            tuple(self.panels(f"{letter}{k}T", W.T) for k, W in enumerate(self.of_rounds(letter))) for letter in "AB"
        )
        products = self.buffer("product_x", N, self.D), self.buffer("product_h", N, self.H)
        backward_steps(
            WxT, WhT, AT, BT, v, s, gates, tanh_c, c_prev, dh_above, dh_next, dc_next, da, dx, du, dz, *products,
            self.grads["b"],
        )  # fmt: skip
        # v[k + 1] is that of round k; the last two are those of x and h, in the order of the last two rounds.
        last_x, last_h = (v[-1], v[-2]) if R % 2 else (v[-2], v[-1])
        self.grads["Wx"] += flat(last_x).T @ flat(da)  # (3')
        self.grads["Wh"] += flat(last_h).T @ flat(da)
        for k in range(1, R + 1):
            self.grads[f"A{k}"] += flat(v[k]).T @ flat(dz[k - 1])  # (1')
            self.grads[f"B{k}"] += flat(z[k - 1]).T @ flat(du[k - 1])
            self.grads[f"q{k}"] += flat(du[k - 1]).sum(axis=0)
        return None if x.ndim == 2 else dx, (dh_next, dc_next)

    def blocks(self, name):
        """The matrix `name` as views, one for each gate; A_k and B_k are whole."""
        return super().blocks(name) if name in ("Wx", "Wh") else [self.params[name]]


# Arrays of the rounds come as tuples that begin at 0: v[k] is v[k-1] of the equations, and A[k] is A_k+1.
# So the last v of x is v[R] for an even R, and v[R + 1] for an odd one. All matrices are in panels.


@njit(**KERNEL)
def forward_steps(Wx, Wh, b, A, B, q, v, s, z, gates, tanh_c, product, c_prev, h, c):
    """All T steps."""
    R = len(s)
    for t in range(len(h)):
        for k in range(R):
            multiply(v[k + 1][t], A[k], z[k][t])  # (1)
            multiply(z[k][t], B[k], s[k][t])
            scale(q[k], v[k][t], s[k][t], v[k + 2][t])
        multiply(v[R + R % 2][t], Wx, gates[t])  # (3)
        multiply(v[R + 1 - R % 2][t], Wh, product)
        forward_step(product, b, c_prev[t], gates[t], c[t], tanh_c[t], h[t], False)


@njit(**KERNEL)
def backward_steps(
    WxT, WhT, AT, BT, v, s, gates, tanh_c, c_prev, dh_above, dh_next, dc_next, da, dx, du, dz, product_x, product_h, db
):
    """All T steps, the last one first. dh_next and dc_next become the gradient of the initial state."""
    for t in range(len(dh_above) - 1, -1, -1):
        backward_step(dh_above[t], dh_next, c_prev[t], gates[t], tanh_c[t], dc_next, da[t], False)
        add_rows(da[t], db)
        multiply(da[t], WxT, dx[t])  # (3')
        multiply(da[t], WhT, dh_next)
        for k in range(len(s) - 1, -1, -1):
            dv, dsource, product = (dh_next, dx[t], product_x) if k % 2 else (dx[t], dh_next, product_h)
            scale_backward(v[k + 2][t], s[k][t], dv, du[k][t])
            multiply(du[k][t], BT[k], dz[k][t])  # (1')
            multiply(dz[k][t], AT[k], product)
            add(product, dsource)


@njit(**KERNEL)
def scale(q, v, s, out):
    """One round for N rows: out = 2 s v, where s holds z B and receives the scales."""
    two = v.dtype.type(2)
    for row in range(len(v)):
        for j in range(q.size):
            s[row, j] = sigmoid(s[row, j] + q[j])  # (1)
        for j in range(q.size):
            out[row, j] = two * s[row, j] * v[row, j]  # (2)


@njit(**KERNEL)
def scale_backward(v, s, dv, du):
    """The gradient of one round for N rows: from dv of what it returned, v, to du, and to dv of what it was given."""
    N, J = v.shape
    one, two = v.dtype.type(1), v.dtype.type(2)
    for row in range(N):
        for j in range(J):
            du[row, j] = dv[row, j] * v[row, j] * (one - s[row, j])  # (2')
        for j in range(J):
            dv[row, j] *= two * s[row, j]


@njit(**KERNEL)
def add(v, out):
    """out += v, both (N, J)."""
    for row in range(len(v)):
        for j in range(v.shape[1]):
            out[row, j] += v[row, j]
