"""From hidden states to the loss: a linear layer, then softmax and cross-entropy in one function."""

import numpy as np

from cells.inputs import flat


class Output:
    """logits = h W + b: W (H, V), b (V,). W begins so small that the first loss is log V.

    With an `embedding` (V, H), W is that matrix transposed (Press and Wolf 2017), and dW adds to its
    gradient.
    """

    def __init__(self, H, V, dtype, rng, embedding=None):
        bound = 0.1 / np.sqrt(H)
        self.embedding = embedding
        self.params = {} if embedding else {"W": rng.uniform(-bound, bound, (H, V)).astype(dtype)}
        self.params["b"] = np.zeros(V, dtype)
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}

    def matrix(self, what):
        """W or dW (H, V); `what` is "params" or "grads"."""
        return getattr(self.embedding, what)["embedding"].T if self.embedding else getattr(self, what)["W"]

    def forward(self, h):
        """h (T, N, H) -> logits (T, N, V)."""
        self.cache = h
        logits = np.dot(flat(h), self.matrix("params"))
        logits += self.params["b"]
        return logits.reshape(*h.shape[:2], logits.shape[-1])

    def backward(self, dlogits):
        """dlogits (T, N, V) -> dh (T, N, H)."""
        h = self.cache
        dlogits = flat(dlogits)
        dW = self.matrix("grads")
        dW += flat(h).T @ dlogits
        self.grads["b"] += dlogits.sum(axis=0)
        return np.dot(dlogits, self.matrix("params").T).reshape(h.shape)


def softmax_cross_entropy(logits, y, total):
    """Loss and gradient of predicting y from logits, the two in one because their joint gradient is short.

        p = softmax(logits),  loss = -sum log p[y] / total,  dlogits = (p - onehot(y)) / total

    logits (T, N, V), overwritten; y integers (T, N); `total` is the number of symbols that the mean
    is over (more than T * N when the batch is shared out). Returns (the loss in nats a symbol, this
    batch's share of it; how many predictions are right; dlogits, in the memory of logits).
    """
    z, y = flat(logits), y.ravel()
    rows = np.arange(y.size)
    correct = int((z.argmax(axis=1) == y).sum())
    z -= z.max(axis=1, keepdims=True)
    z_y = z[rows, y]
    p = np.exp(z, out=z)
    sums = p.sum(axis=1, keepdims=True)
    loss = float((np.log(sums[:, 0]) - z_y).sum(dtype=np.float64)) / total
    p /= sums * total
    p[rows, y] -= z.dtype.type(1 / total)
    return loss, correct, logits
