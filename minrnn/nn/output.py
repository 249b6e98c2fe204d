"""From hidden states to the loss: a linear layer, then softmax and cross-entropy in one function.

Forward, where `total` is the number of symbols in the mean:
    (1)  logits = h W + b
    (2)  p = softmax(logits),  loss = -sum log p[y] / total

Backward:
    (2') dlogits = (p - onehot(y)) / total
    (1') dW = h^T dlogits,  db = sum dlogits,  dh = dlogits W^T

Training does all of this for some rows at a time, in one compiled call, so its memory for logits does not grow with
the batch.
"""

import math
from collections.abc import Callable

import numpy as np
from numba import njit

from cells.kernels.activations import KERNEL, SUMS, exp
from cells.kernels.inputs import add_rows, flat, within
from cells.kernels.panels import multiply, packed
from cells.kernels.products import add_product, in_one_call, product

from .embedding import Embedding

# About how many logits are in memory at a time: 256 rows of 10,000. Fewer rows at a time are slower.
LOGITS = 2_560_000


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
        self.grads = {name: np.zeros(p.shape, p.dtype) for name, p in self.params.items()}

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

    def loss(self, h: np.ndarray, y: np.ndarray, total: int) -> tuple[float, int]:
        """The loss and the number of right predictions, of `softmax_cross_entropy` after `forward`."""
        return self.in_blocks(h, y, total, np.empty((0, h.shape[2]), h.dtype))

    def loss_and_gradient(
        self, h: np.ndarray, y: np.ndarray, total: int, sample: tuple | None = None
    ) -> tuple[float, int, np.ndarray]:
        """The same, and dh (T, N, H) of `backward` after both; with a `Sample`, of the softmax over its symbols."""
        if sample:
            loss, correct, dlogits = sample.cross_entropy(self.forward(h, sample.symbols), total)
            return loss, correct, self.backward(dlogits)
        dh = np.empty(h.shape, h.dtype)
        return *self.in_blocks(h, y, total, flat(dh)), dh

    def in_blocks(self, h, y, total, dh):
        W, dW = self.matrix("params"), self.matrix("grads")
        b, db = self.params["b"], self.grads["b"]
        y = symbols_within(y, b.size).ravel()
        logits = np.empty((max(1, min(y.size, LOGITS // b.size)), b.size), b.dtype)
        loss, correct = loss_in_blocks(flat(h), y, W, b, b.dtype.type(1 / total), logits, dW, db, dh)
        return float(loss) / total, int(correct)

    def stepper(self, h: np.ndarray) -> tuple[np.ndarray, Callable[[], None]]:
        """`forward` one step at a time, for weights that do not change: (logits (N, V), a function)."""
        W, b = packed(self.matrix("params")), self.params["b"]
        logits = np.empty((h.shape[1], b.size), b.dtype)
        return logits, lambda: logits_of(h[0], W, b, logits)

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
    z, y = flat(logits), symbols_within(y, logits.shape[2]).ravel()
    loss, correct = softmax_cross_entropy_rows(z, y, z.dtype.type(1 / total))
    return float(loss) / total, int(correct), logits


def symbols_within(y: np.ndarray, V: int) -> np.ndarray:
    """y as kernels need it; ValueError unless all are from 0 to V - 1."""
    y = np.ascontiguousarray(y, np.intp)
    within(y, V, "y")
    return y


@njit(**KERNEL)
def logits_of(h, W, b, logits):
    """(1) for h (N, H) -> logits (N, V), with W in panels."""
    multiply(h, W, logits)
    for n in range(len(logits)):
        for j in range(b.size):
            logits[n, j] += b[j]


@in_one_call
def loss_in_blocks(h, y, W, b, share, logits, dW, db, dh):
    """(1) to (1') for h (M, H), as many rows at a time as logits has; (1') only if dh has rows, too.

    Returns the sum of losses and the number right.
    """
    loss, correct = 0.0, 0
    for start in range(0, len(h), len(logits)):
        rows = slice(start, min(start + len(logits), len(h)))
        z = logits[: rows.stop - start]
        product(h[rows], W, z)
        add_to_rows(b, z)  # (1)
        losses, right = softmax_cross_entropy_rows(z, y[rows], share)  # (2) (2')
        loss, correct = loss + losses, correct + right
        if len(dh):
            add_product(h[rows].T, z, dW)
            add_rows(z, db)
            product(z, W.T, dh[rows])  # (1')
    return loss, correct


@njit(**KERNEL)
def add_to_rows(b, v):
    """Adds b (K,) to each row of v (N, K)."""
    for n in range(len(v)):
        for j in range(b.size):
            v[n, j] += b[j]


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
