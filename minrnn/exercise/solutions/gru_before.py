"""The GRU with the reset gate before the product: backward through the candidate n.

Forward, for t = 0 .. T-1, where h[-1] is the initial state h0; three blocks of H columns: r z n

    (1)  a = x[t] Wx + b
    (2)  r = sigmoid(a_r + h[t-1] Wh_r),  z = sigmoid(a_z + h[t-1] Wh_z)
    (3)  m = r h[t-1],  n = tanh(a_n + m Wh_n)
    (4)  h[t] = (1 - z) n + z h[t-1]

h[t-1] is used in four places: in r, in z, in n, and directly in (4).

Your task: in `backward`, write dm and dr (undo equation 3), and dh_next for step t-1 with all four ways.
"""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def forward(x, h0, Wx, Wh, b):
    """x (T, N, D), h0 (N, H), Wx (D, 3H), Wh (H, 3H), b (3H,) -> h (T, N, H), and what `backward` needs."""
    H = len(Wh)
    hs, h_prev, kept = [], h0, []
    for t in range(len(x)):
        a_r, a_z, a_n = np.split(x[t] @ Wx + b, 3, axis=1)
        r, z = sigmoid(a_r + h_prev @ Wh[:, :H]), sigmoid(a_z + h_prev @ Wh[:, H : 2 * H])
        m = r * h_prev
        n = np.tanh(a_n + m @ Wh[:, 2 * H :])
        kept.append((x[t], h_prev, r, z, n, m))
        h_prev = (1 - z) * n + z * h_prev
        hs.append(h_prev)
    return np.stack(hs), kept


def backward(dh_above, dh_next, kept, Wx, Wh):
    """The gradients of one pass.

    dh_above  (T, N, H)  dL/dh[t] from above, for each step
    dh_next   (N, H)     dL/dh[T-1] from what follows the last step
    kept                 from `forward`: for each step x[t], h[t-1], r, z, n, m
    Returns dx (T, N, D), dh0 (N, H), dWx (D, 3H), dWh (H, 3H), db (3H,).
    """
    Wh_r, Wh_z, Wh_n = np.split(Wh, 3, axis=1)
    dx, dWx, dWh, db = [], np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(Wh.shape[1])
    for t in reversed(range(len(kept))):
        x, h_prev, r, z, n, m = kept[t]
        dh = dh_above[t] + dh_next
        dn = dh * (1 - z)
        dz = dh * (h_prev - n)
        da_n = dn * (1 - n**2)
        # answer: dm = ...  # (3') shape (N, H)
        dm = da_n @ Wh_n.T
        # end
        # answer: dr = ...  # (3') shape (N, H)
        dr = dm * h_prev
        # end
        da_r = dr * r * (1 - r)
        da_z = dz * z * (1 - z)
        # answer: dh_next = ...  # (4'), (3') and (2'): the sum of four terms, shape (N, H)
        dh_next = dh * z + dm * r + da_r @ Wh_r.T + da_z @ Wh_z.T
        # end
        da = np.hstack([da_r, da_z, da_n])
        dx.insert(0, da @ Wx.T)
        dWx += x.T @ da
        dWh += np.hstack([h_prev.T @ da_r, h_prev.T @ da_z, m.T @ da_n])
        db += da.sum(axis=0)
    return np.stack(dx), dh_next, dWx, dWh, db
