"""Softmax and cross-entropy: one short gradient for both.

Forward, for the logits of T time steps and N sequences, where y is the id of the true next symbol:

    (1)  p = exp(logits) / sum(exp(logits))          the sum goes over the V symbols
    (2)  loss = -sum(log p[y]) / (T N)               the mean over all T N predictions

Your task: in `loss_and_gradient`, write dlogits, the gradient of the loss by the logits.
"""

import numpy as np


def loss_and_gradient(logits, y):
    """logits (T, N, V), y (T, N) integers from 0 to V-1 -> loss (a number), dlogits (T, N, V)."""
    T, N, V = logits.shape
    e = np.exp(logits - logits.max(axis=2, keepdims=True))
    p = e / e.sum(axis=2, keepdims=True)
    onehot = np.eye(V)[y]  # (T, N, V): 1 at the true symbol, 0 elsewhere
    loss = -np.log((p * onehot).sum(axis=2)).sum() / (T * N)
    # answer: dlogits = ...  # (2') and (1') shape (T, N, V)
    dlogits = (p - onehot) / (T * N)
    # end
    return loss, dlogits
