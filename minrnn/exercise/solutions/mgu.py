"""Write a cell: the minimal gated unit (Zhou et al. 2016), forward and backward.

Forward, for t = 0 .. T-1, where h[-1] is the initial state; two blocks of H columns: f n

    (1)  f = sigmoid(x[t] Wx_f + h[t-1] Wh_f + b_f)
    (2)  m = f h[t-1],  n = tanh(x[t] Wx_n + m Wh_n + b_n)
    (3)  h[t] = (1 - f) h[t-1] + f n

Your task: write `forward` and `backward`. f is used in (2) and twice in (3); h[t-1] is used in (1), (2) and (3).
`forward` must keep in self.cache what `backward` needs. `backward` adds to the arrays in self.grads (+=). The check
also sees whether the class keeps the promises in docs/your-own-cell.md.
"""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class MGU:
    def __init__(self, D, H, dtype=np.float64, rng=None):
        rng = rng or np.random.default_rng(0)
        self.D, self.H, self.dtype = D, H, dtype
        shapes = {"Wx": (D, 2 * H), "Wh": (H, 2 * H), "b": (2 * H,)}
        self.params = {key: (rng.standard_normal(shape) / H).astype(dtype) for key, shape in shapes.items()}
        self.grads = {key: np.zeros(shape, dtype) for key, shape in shapes.items()}

    def zero_state(self, N):
        return np.zeros((N, self.H), self.dtype)

    def forward(self, x, state=None):
        """x (T, N, D), state (N, H) or None for zeros -> h (T, N, H), the last state (N, H) in an array of its own."""
        h_prev = self.zero_state(x.shape[1]) if state is None else state
        # answer: raise NotImplementedError("write forward")
        (Wx_f, Wx_n), (Wh_f, Wh_n), (b_f, b_n) = (np.split(p, 2, axis=-1) for p in self.params.values())
        h, self.cache = [], []
        for x_t in x:
            f = sigmoid(x_t @ Wx_f + h_prev @ Wh_f + b_f)
            m = f * h_prev
            n = np.tanh(x_t @ Wx_n + m @ Wh_n + b_n)
            self.cache.append((x_t, h_prev, f, m, n))
            h_prev = (1 - f) * h_prev + f * n
            h.append(h_prev)
        return np.stack(h), h_prev.copy()
        # end

    def backward(self, dh_above, dstate=None):
        """dh_above (T, N, H), dstate (N, H) the gradient of the last state, or None for zeros -> dx (T, N, D), dstate.

        The second result is the gradient of the initial state (N, H).
        """
        dh_next = self.zero_state(dh_above.shape[1]) if dstate is None else dstate
        # answer: raise NotImplementedError("write backward")
        Wh_f, Wh_n = np.split(self.params["Wh"], 2, axis=1)
        dx = np.empty((*dh_above.shape[:2], self.D), self.dtype)
        for t in reversed(range(len(dh_above))):
            x, h_prev, f, m, n = self.cache[t]
            dh = dh_above[t] + dh_next
            dn = dh * f
            df = dh * (n - h_prev)
            da_n = dn * (1 - n**2)
            dm = da_n @ Wh_n.T
            df = df + dm * h_prev
            da_f = df * f * (1 - f)
            dh_next = dh * (1 - f) + dm * f + da_f @ Wh_f.T
            da = np.hstack([da_f, da_n])
            dx[t] = da @ self.params["Wx"].T
            self.grads["Wx"] += x.T @ da
            self.grads["Wh"] += np.hstack([h_prev.T @ da_f, m.T @ da_n])
            self.grads["b"] += da.sum(axis=0)
        return dx, dh_next
        # end
