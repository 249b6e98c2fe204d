"""A bidirectional layer: one RNN reads forwards, one reads backwards.

(1)  hf[t] = tanh(x[t] Wf + hf[t-1] Uf)          for t = 0 .. T-1, from zeros
(2)  hb[t] = tanh(x[t] Wb + hb[t+1] Ub)          for t = T-1 .. 0, from zeros
(3)  h[t] = [hf[t] | hb[t]]
"""

import numpy as np


def read(x, W, U):
    """A plain RNN from zeros: x (T, N, D), W (D, H), U (H, H) -> h (T, N, H)."""
    h, hs = np.zeros((x.shape[1], len(U))), []
    for x_t in x:
        h = np.tanh(x_t @ W + h @ U)
        hs.append(h)
    return np.stack(hs)


def forward(x, Wf, Uf, Wb, Ub):
    """x (T, N, D), Wf and Wb (D, H), Uf and Ub (H, H) -> h (T, N, 2H)."""
    hf = read(x, Wf, Uf)
    hb = read(x[::-1], Wb, Ub)[::-1]
    return np.concatenate([hf, hb], axis=2)
