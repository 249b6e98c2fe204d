"""The learned input vectors of symbols: a gather forward, a scatter-add backward.

E is the matrix; each symbol has a row in it. With dropout (Gal and Ghahramani 2016), a batch sees some symbols nowhere:
    (1)  v[t] = the rows x[t] of E
    (2)  v[t] <- m[x[t]] v[t],  m (V,) is 0 with probability p, else 1 / (1 - p)
    (2') dv[t] <- m[x[t]] dv[t]
    (1') dE[k] = sum of the rows of dv where x is k
"""

from collections.abc import Callable

import numpy as np

from cells.kernels.inputs import flat, scatter_add

from .dropout import drawn_mask


class Embedding:
    """Row k of `embedding` (V, D) stands for symbol k.

    The variance of its elements starts at 1, or if `narrow` at 1/D: rows that are output weights too
    would otherwise prefer some symbols from the start. In passes with a random generator, `dropout` is the
    probability p that all occurrences of a symbol in the batch are read as zeros.
    """

    def __init__(
        self, V: int, D: int, dtype, rng: np.random.Generator, narrow: bool = False, dropout: float = 0.0
    ):  # fmt: skip
        scale = 1 / np.sqrt(D) if narrow else 1
        self.params = {"embedding": (scale * rng.standard_normal((V, D))).astype(dtype)}
        self.grads = {"embedding": np.zeros((V, D), dtype)}
        self.p, self.mask = dropout, None

    def forward(self, x: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """x integers (T, N) -> v (T, N, D)."""
        self.cache, self.mask = x, None
        v = self.params["embedding"][x]  # (1)
        if rng is not None and self.p:
            self.mask = drawn_mask((len(self.params["embedding"]), 1), self.p, rng, v.dtype)
            v *= self.mask[x]  # (2)
        return v

    def stepper(self, x: np.ndarray) -> tuple[np.ndarray, list[Callable[[], None]]]:
        """`forward` for symbols x, integers (1, N), that change: (v (1, N, D), functions that bring it up to date)."""
        v = np.empty((*x.shape, self.params["embedding"].shape[1]), self.params["embedding"].dtype)
        return v, [lambda: np.copyto(v, self.forward(x))]

    def backward(self, dv: np.ndarray) -> None:
        """dv (T, N, D); symbols have no gradient, so nothing is returned."""
        x = self.cache
        if self.mask is not None:
            dv = dv * self.mask[x]  # (2')
        scatter_add(x.ravel(), flat(dv), self.grads["embedding"])  # (1')
