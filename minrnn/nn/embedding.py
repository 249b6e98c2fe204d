"""The learned input vectors of symbols: a gather forward, a scatter-add backward.

E is the matrix; each symbol has a row in it.
    (1)  v[t] = the rows x[t] of E
    (1') dE[k] = sum of the rows of dv where x is k
"""

import numpy as np

from cells.kernels.inputs import flat, scatter_add


class Embedding:
    """Row k of `embedding` (V, D) stands for symbol k.

    The variance of its elements starts at 1, or if `narrow` at 1/D: rows that are output weights too
    would otherwise prefer some symbols from the start.
    """

    def __init__(self, V: int, D: int, dtype, rng: np.random.Generator, narrow: bool = False):
        scale = 1 / np.sqrt(D) if narrow else 1
        self.params = {"embedding": (scale * rng.standard_normal((V, D))).astype(dtype)}
        self.grads = {"embedding": np.zeros((V, D), dtype)}

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x integers (T, N) -> v (T, N, D)."""
        self.cache = x
        return self.params["embedding"][x]  # (1)

    def backward(self, dv: np.ndarray) -> None:
        """dv (T, N, D); symbols have no gradient, so nothing is returned."""
        x = self.cache
        scatter_add(x.ravel(), flat(dv), self.grads["embedding"])  # (1')
