"""The LSTM: the way back through the cell state.

Forward, for t = 0 .. T-1, where h[-1] and c[-1] are the initial state:

    (1)  a[t] = x[t] Wx + h[t-1] Wh + b          in four blocks of H columns: i f g o
    (2)  i = sigmoid(a_i),  f = sigmoid(a_f),  g = tanh(a_g),  o = sigmoid(a_o)
    (3)  c[t] = f c[t-1] + i g
    (4)  h[t] = o tanh(c[t])

c[t] is used twice, in (4) and in step t+1. What comes back from step t+1 is dh_next and dc_next.

Your task: in `backward`, write dc (the whole gradient of c[t]), da_f, and dc_next for step t-1.
"""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def forward(x, h0, c0, Wx, Wh, b):
    """x (T, N, D), h0 and c0 (N, H), Wx (D, 4H), Wh (H, 4H), b (4H,) -> h (T, N, H), and what `backward` needs."""
    hs, h_prev, c_prev, kept = [], h0, c0, []
    for t in range(len(x)):
        a_i, a_f, a_g, a_o = np.split(x[t] @ Wx + h_prev @ Wh + b, 4, axis=1)
        i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
        c = f * c_prev + i * g
        tanh_c = np.tanh(c)
        kept.append((x[t], h_prev, c_prev, i, f, g, o, tanh_c))
        h_prev, c_prev = o * tanh_c, c
        hs.append(h_prev)
    return np.stack(hs), kept


def backward(dh_above, dh_next, dc_next, kept, Wx, Wh):
    """The gradients of one pass.

    dh_above  (T, N, H)  dL/dh[t] from above, for each step
    dh_next, dc_next     (N, H) each: dL/dh[T-1] and dL/dc[T-1] from what follows the last step
    kept                 from `forward`: for each step x[t], h[t-1], c[t-1], i, f, g, o, tanh(c[t])
    Returns dx (T, N, D), dh0 (N, H), dc0 (N, H), dWx (D, 4H), dWh (H, 4H), db (4H,).
    """
    dx, dWx, dWh, db = [], np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(Wh.shape[1])
    for t in reversed(range(len(kept))):
        x, h_prev, c_prev, i, f, g, o, tanh_c = kept[t]
        dh = dh_above[t] + dh_next
        # answer: dc = ...  # (4') all that reaches c[t], shape (N, H)
        dc = dc_next + dh * o * (1 - tanh_c**2)
        # end
        da_i = dc * g * i * (1 - i)
        # answer: da_f = ...  # (3') and (2') for the forget gate, shape (N, H)
        da_f = dc * c_prev * f * (1 - f)
        # end
        da_g = dc * i * (1 - g**2)
        da_o = dh * tanh_c * o * (1 - o)
        da = np.hstack([da_i, da_f, da_g, da_o])
        # answer: dc_next = ...  # (3') what c[t-1] gets from this step, shape (N, H)
        dc_next = dc * f
        # end
        dh_next = da @ Wh.T
        dx.insert(0, da @ Wx.T)
        dWx += x.T @ da
        dWh += h_prev.T @ da
        db += da.sum(axis=0)
    return np.stack(dx), dh_next, dc_next, dWx, dWh, db
