"""The tanh RNN: backward through time.

Forward, for t = 0 .. T-1, where h[-1] is the initial state h0:

    (1)  a[t] = x[t] Wx + h[t-1] Wh + b
    (2)  h[t] = tanh(a[t])

The loss depends on h[t] in two ways: through whatever is above (dh_above[t]), and through step t+1 (dh_next).

Your task: in `backward`, write da[t] (undo equation 2) and dh_next for step t-1 (undo equation 1).
"""

import numpy as np


def forward(x, h0, Wx, Wh, b):
    """x (T, N, D), h0 (N, H), Wx (D, H), Wh (H, H), b (H,) -> h (T, N, H), and what the backward pass needs."""
    h, h_prev, kept = [], h0, []
    for t in range(len(x)):
        h.append(np.tanh(x[t] @ Wx + h_prev @ Wh + b))
        kept.append((x[t], h_prev, h[t]))
        h_prev = h[t]
    return np.stack(h), kept


def backward(dh_above, dh_next, kept, Wx, Wh):
    """The gradients of one pass.

    dh_above  (T, N, H)  dL/dh[t] from above, for each step
    dh_next   (N, H)     dL/dh[T-1] from what follows the last step
    kept                 from `forward`: for each step x[t] (N, D), h[t-1] (N, H), h[t] (N, H)
    Returns dx (T, N, D), dh0 (N, H), dWx (D, H), dWh (H, H), db (H,).
    """
    dx, dWx, dWh, db = [], np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(len(Wh))
    for t in reversed(range(len(kept))):
        x, h_prev, h = kept[t]
        # answer: da = ...  # (2') shape (N, H)
        da = (dh_above[t] + dh_next) * (1 - h**2)
        # end
        # answer: dh_next = ...  # (1') what step t-1 gets from this step, shape (N, H)
        dh_next = da @ Wh.T
        # end
        dx.insert(0, da @ Wx.T)
        dWx += x.T @ da
        dWh += h_prev.T @ da
        db += da.sum(axis=0)
    return np.stack(dx), dh_next, dWx, dWh, db
