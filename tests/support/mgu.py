"""A minimal gated unit as a student may write it, and nine mistakes that students make in it.

One gate f, used twice (Zhou et al. 2016):  f = sigmoid(a_f),  n = tanh(x Wx_n + (f h_prev) Wh_n + b_n),
h = (1 - f) h_prev + f n.
"""

MGU = """
import numpy as np
from cells.cell import Cell

def sigmoid(a):
    return 1 / (1 + np.exp(-a))

class Mine(Cell):
    @staticmethod
    def shapes(D, H):
        return {"Wx": (D, 2 * H), "Wh": (H, 2 * H), "b": (2 * H,)}

    def __init__(self, D, H, dtype=np.float32, rng=None):
        super().__init__(D, H, dtype, rng)

    def forward(self, x, state=None):
        x = self.checked(x)
        v = np.eye(self.D, dtype=self.dtype)[x] if x.ndim == 2 else x
        H = self.H
        Wx, Wh, b = (self.params[key] for key in ("Wx", "Wh", "b"))
        h_prev, h = self.trajectory("h", state, *x.shape[:2])
        kept = []
        for t in range(len(v)):
            f = sigmoid(v[t] @ Wx[:, :H] + h_prev[t] @ Wh[:, :H] + b[:H])
            m = f * h_prev[t]
            n = np.tanh(v[t] @ Wx[:, H:] + m @ Wh[:, H:] + b[H:])
            h[t] = (1 - f) * h_prev[t] + f * n
            kept.append((f, m, n))
        self.cache = x, v, h_prev, h, kept
        return h, h[-1].copy()

    def backward(self, dh_above, dstate=None):
        x, v, h_prev, h, kept = self.cache
        H = self.H
        dh_above, (dh_next,) = self.gradients(h, dh_above, dstate)
        Wx, Wh = self.params["Wx"], self.params["Wh"]
        Wh_f, Wh_n = Wh[:, :H], Wh[:, H:]
        dx = np.empty(v.shape, self.dtype)
        for t in reversed(range(len(v))):
            f, m, n = kept[t]
            dh = dh_above[t] + dh_next
            da_n = dh * f * (1 - n**2)
            dm = da_n @ Wh_n.T
            df = dh * (n - h_prev[t]) + dm * h_prev[t]
            da_f = df * f * (1 - f)
            da = np.hstack([da_f, da_n])
            self.grads["Wx"] += v[t].T @ da
            self.grads["Wh"] += np.hstack([h_prev[t].T @ da_f, m.T @ da_n])
            self.grads["b"] += da.sum(axis=0)
            dx[t] = da @ Wx.T
            dh_next = dh * (1 - f) + dm * f + da_f @ Wh_f.T
        return None if x.ndim == 2 else dx, dh_next
"""

# {mistake: (right, wrong, what the check must say)}; the first three break the contract and end with one line.
MISTAKES = {
    "wrong key": ('self.grads["b"] +=', 'self.grads["bias"] +=', "KeyError: 'bias'"),
    "wrong shape": ("else dx, dh_next", "else dx[0], dh_next", "dx of backward has shape (4, 5); expected (3, 4, 5)"),
    "= for +=": ('self.grads["Wx"] +=', 'self.grads["Wx"][:] =', "overwrites grads['Wx']; it must add"),
    "a mean for a sum": ("da.sum(axis=0)", "da.mean(axis=0)", "db: N = 4 times too small"),
    "second use of f forgotten": (
        " + dm * h_prev[t]\n", "\n",
        "block {f} of dWx, dWh and db lacks the share that comes back through Wh_{n}^T: what the block computes "
        "is used a second time",
    ),
    "Wh_n not transposed": (
        "Wh_n.T", "Wh_n", "block {f} of dWx, dWh and db is right with the transpose: Wh_{n} stands where Wh_{n}^T",
    ),
    "path through the gate forgotten": (
        " + da_f @ Wh_f.T", "", "dh_next lacks the share that comes back through Wh_{f}^T: one of the ways back",
    ),
    "loop runs forwards": (
        "for t in reversed(range(len(v)))", "for t in range(len(v))",
        "right at T = 1, wrong at T = 3: x[t] gets a gradient from losses before t",
    ),
    "sigmoid of a sigmoid": (
        "df * f * (1 - f)", "df * sigmoid(f) * (1 - sigmoid(f))",
        "block {f} of dWx, dWh and db: the sigmoid of a sigmoid: its slope is taken at",
    ),
}  # fmt: skip
SILENT = list(MISTAKES)[4:]
