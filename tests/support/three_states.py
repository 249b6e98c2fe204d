"""A cell in one file: plain NumPy, three states, no `steps`. Tests add it to CELLS and see that everything takes it.

f = sigmoid(a_f),  g = tanh(a_g),  a = x Wx + h_prev Wh + b
c = f c_prev + (1 - f) g,  s = 0.9 s_prev + 0.5 c,  h = tanh(c + s)
"""

import numpy as np

from cells import CELLS
from cells.cell import Cell
from minrnn.gradcheck import reference

NAME = "three"


def add_three_states(monkeypatch):
    """Adds the cell to CELLS for one test, and its naive step to the reference; returns its name."""
    monkeypatch.setitem(CELLS, NAME, ThreeStates)
    monkeypatch.setitem(reference.STEPS, NAME, naive_step)
    return NAME


def naive_step(p, x, state, squash):
    h, c, s = state
    H = h.shape[-1]
    a = x @ p["Wx"] + h @ p["Wh"] + p["b"][..., None, :]
    f = squash(a[..., :H])
    c = f * c + (1 - f) * np.tanh(a[..., H:])
    s = 0.9 * s + 0.5 * c
    return np.tanh(c + s), c, s


class ThreeStates(Cell):
    states = ("h", "c", "s")
    sigmoids, tanhs = ("f",), ("g", "h")

    @staticmethod
    def shapes(D, H):
        return {"Wx": (D, 2 * H), "Wh": (H, 2 * H), "b": (2 * H,)}

    def forward(self, x, state=None):
        x = self.checked(x)
        v = np.eye(self.D, dtype=self.dtype)[x] if x.ndim == 2 else x
        T, N = x.shape[:2]
        (h_prev, h), (c_prev, c), (s_prev, s) = (
            self.trajectory(name, first, T, N) for name, first in zip("hcs", state or [None] * 3)
        )
        f, g = self.buffer("f", T, N, self.H), self.buffer("g", T, N, self.H)
        for t in range(T):
            a_f, a_g = np.split(v[t] @ self.params["Wx"] + h_prev[t] @ self.params["Wh"] + self.params["b"], 2, axis=1)
            f[t], g[t] = 1 / (1 + np.exp(-a_f)), np.tanh(a_g)
            c[t] = f[t] * c_prev[t] + (1 - f[t]) * g[t]
            s[t] = 0.9 * s_prev[t] + 0.5 * c[t]
            h[t] = np.tanh(c[t] + s[t])
        self.cache = x, v, h_prev, c_prev, h, f, g
        return h, tuple(part[-1].copy() for part in (h, c, s))

    def backward(self, dh, dstate=None):
        x, v, h_prev, c_prev, h, f, g = self.cache
        dh_next, dc_next, ds_next = dstate or self.zero_state(x.shape[1])
        dx = np.empty((*x.shape[:2], self.D), self.dtype)
        for t in reversed(range(len(x))):
            dsum = (dh[t] + dh_next) * (1 - h[t] ** 2)
            ds = ds_next + dsum
            dc = dc_next + dsum + 0.5 * ds
            da = np.hstack([dc * (c_prev[t] - g[t]) * f[t] * (1 - f[t]), dc * (1 - f[t]) * (1 - g[t] ** 2)])
            self.grads["Wx"] += v[t].T @ da
            self.grads["Wh"] += h_prev[t].T @ da
            self.grads["b"] += da.sum(axis=0)
            dx[t] = da @ self.params["Wx"].T
            dh_next, dc_next, ds_next = da @ self.params["Wh"].T, dc * f[t], 0.9 * ds
        return None if x.ndim == 2 else dx, (dh_next, dc_next, ds_next)

    def activations(self):
        *_, f, g = self.cache
        return super().activations() | {"f": f, "g": g}
