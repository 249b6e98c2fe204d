"""Write truncated backpropagation through time for one chunk of a text.

A long text is read in chunks of T steps. The chunk begins with the last state of the chunk before it, h0, and no
gradient goes back into that chunk: h0 is a constant. For t = 0 .. T-1, with h[-1] = h0:

    (1)  h[t] = tanh(Wx[x[t]] + h[t-1] Wh + b)       x[t] are symbol ids: row x[t, n] of Wx for sequence n
    (2)  logits[t] = h[t] Wy + by
    (3)  loss = -sum(log softmax(logits[t])[y[t]]) / (T N)

Your task: write `chunk`, all of it: forward, backward, the gradients, and the state for the next chunk.
"""

import numpy as np


def chunk(x, y, h0, Wx, Wh, b, Wy, by):
    """One chunk, forward and backward.

    x, y (T, N)  integers from 0 to V-1: symbols, and the symbols that follow them
    h0 (N, H)    the state before the chunk
    Wx (V, H), Wh (H, H), b (H,), Wy (H, V), by (V,)
    Returns loss (a number), dWx, dWh, db, dWy, dby (each with the shape of its parameter), and the last state (N, H).
    """
    # answer: raise NotImplementedError("write chunk")
    (T, N), V = x.shape, len(by)
    hs = [h0]
    for t in range(T):
        hs.append(np.tanh(Wx[x[t]] + hs[-1] @ Wh + b))
    h, h_prev = np.stack(hs[1:]), np.stack(hs[:-1])
    logits = h @ Wy + by
    e = np.exp(logits - logits.max(axis=2, keepdims=True))
    p, onehot = e / e.sum(axis=2, keepdims=True), np.eye(V)[y]
    loss = -np.log((p * onehot).sum(axis=2)).sum() / (T * N)

    dlogits = (p - onehot) / (T * N)
    dWy = np.einsum("tnh,tnv->hv", h, dlogits)
    dh_above = dlogits @ Wy.T
    da, dh_next = np.zeros_like(h), np.zeros_like(h0)
    for t in reversed(range(T)):
        da[t] = (dh_above[t] + dh_next) * (1 - h[t] ** 2)
        dh_next = da[t] @ Wh.T
    dWx = np.zeros(Wx.shape)
    np.add.at(dWx, x, da)
    dWh = np.einsum("tnh,tnk->hk", h_prev, da)
    return loss, dWx, dWh, da.sum(axis=(0, 1)), dWy, dlogits.sum(axis=(0, 1)), h[-1].copy()
    # end
