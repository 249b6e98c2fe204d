"""From hidden states to the loss: a linear layer, then softmax and cross-entropy in one function.

Forward, where `total` is the number of symbols in the mean:
    (1)  logits = h W + b
    (2)  p = softmax(logits),  loss = -sum log p[y] / total

Backward:
    (2') dlogits = (p - onehot(y)) / total
    (1') dW = h^T dlogits,  db = sum dlogits,  dh = dlogits W^T
"""

import math
from collections.abc import Callable

import numpy as np
from numba import njit

from cells.kernels.activations import SUMS, exp
from cells.kernels.inputs import flat, within
from cells.kernels.panels import multiply, packed

from .embedding import Embedding


class Output:
    """The linear layer: W (H, V), uniform in +-1/sqrt(H), and b (V,), zeros; `initialisers.frequency_bias` is better.

    With an `embedding` (V, H), W is its matrix transposed (Press and Wolf 2017), and dW adds to its
    gradient.
    """

    def __init__(self, H: int, V: int, dtype, rng: np.random.Generator, embedding: Embedding | None = None):
        bound = 1 / np.sqrt(H)
        self.embedding = embedding
        self.params = {} if embedding else {"W": rng.uniform(-bound, bound, (H, V)).astype(dtype)}
        self.params["b"] = np.zeros(V, dtype)
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}

    def matrix(self, what: str) -> np.ndarray:
        """W or dW (H, V); `what` is "params" or "grads"."""
        return getattr(self.embedding, what)["embedding"].T if self.embedding else getattr(self, what)["W"]

    def forward(self, h: np.ndarray, symbols: np.ndarray | None = None) -> np.ndarray:
        """h (T, N, H) -> logits (T, N, V), or those of some symbols only, given by their ids in order (S,)."""
        W, b = self.matrix("params"), self.params["b"]
        if symbols is not None:
            W, b = W.T[symbols].T, b[symbols]
        self.cache = h, W, symbols
        logits = np.dot(flat(h), W)  # (1)
        logits += b
        return logits.reshape(*h.shape[:2], logits.shape[-1])

    def stepper(self, h: np.ndarray) -> tuple[np.ndarray, Callable[[], None]]:
        """`forward` one step at a time, for weights that do not change: (logits (N, V), a function)."""
        W, b = packed(self.matrix("params")), self.params["b"]
        logits = np.empty((h.shape[1], b.size), b.dtype)

        def step():
            multiply(h[0], W, logits)
            np.add(logits, b, out=logits)

        return logits, step

    def backward(self, dlogits: np.ndarray) -> np.ndarray:
        """dlogits (T, N, V), or of the symbols of the forward pass -> dh (T, N, H)."""
        h, W, symbols = self.cache
        dlogits = flat(dlogits)
        dW, db = self.matrix("grads"), self.grads["b"]
        if symbols is None:
            dW += flat(h).T @ dlogits  # (1')
            db += dlogits.sum(axis=0)
        else:
            dW.T[symbols] += dlogits.T @ flat(h)  # (1')
            db[symbols] += dlogits.sum(axis=0)
        return np.dot(dlogits, W.T).reshape(h.shape)  # (1')


def softmax_cross_entropy(logits: np.ndarray, y: np.ndarray, total: int) -> tuple[float, int, np.ndarray]:
    """Loss and gradient of predicting y from logits: (2) and (2') in one, as their joint gradient is short.

    logits (T, N, V), which are overwritten; y integers (T, N), ValueError unless all are from 0 to V - 1;
    `total` is the number of symbols in the mean (more than T * N if the batch is cut into shards). Returns
    (these symbols' share of the mean loss in nats, the number of right predictions, dlogits in the memory of
    logits).
    """
    y = np.ascontiguousarray(y, np.intp)
    within(y, logits.shape[2], "y")
    z, y = flat(logits), y.ravel()
    loss, correct = softmax_cross_entropy_rows(z, y, z.dtype.type(1 / total))
    return float(loss) / total, int(correct), logits


@njit(**SUMS)
def softmax_cross_entropy_rows(z, y, share):
    """Each row of z (M, V) becomes (softmax(z) - onehot(y)) share; returns the sum of losses, the number right."""
    loss, correct = 0.0, 0
    for m in range(len(z)):
        row, target = z[m], y[m]
        best = 0
        for j in range(row.size):
            if row[j] > row[best]:
                best = j
        correct += best == target
        largest = row[best]  # subtracted, so that exp cannot overflow
        z_target = row[target] - largest
        for j in range(row.size):
            row[j] = exp(row[j] - largest)
        denominator = z.dtype.type(0)
        for j in range(row.size):
            denominator += row[j]
        loss += math.log(denominator) - z_target  # (2)
        scale = share / denominator
        for j in range(row.size):
            row[j] *= scale
        row[target] -= share  # (2')
    return loss, correct
