"""The learned input vectors of symbols: a gather forward, a scatter-add backward.

E is the matrix, with a row for each symbol.
    (1)  v[t] = the rows x[t] of E
    (1') dE[k] = sum of the rows of dv where x is k
"""

import numpy as np

from cells.kernels.inputs import flat, scatter_add


class Embedding:
    """Row k of `embedding` (V, D) stands for symbol k.

    Its elements begin with a variance of 1, or `narrow`, of 1/D: where the rows are output weights
    too, wider ones would begin with a preference for symbols.
    """

    def __init__(self, V, D, dtype, rng, narrow=False):
        scale = 1 / np.sqrt(D) if narrow else 1
        self.params = {"embedding": (scale * rng.standard_normal((V, D))).astype(dtype)}
        self.grads = {"embedding": np.zeros((V, D), dtype)}

    def forward(self, x):
        """x integers (T, N) -> v (T, N, D)."""
        self.cache = x
        return self.params["embedding"][x]  # (1)

    def backward(self, dv):
        """dv (T, N, D); symbols have no gradient, so nothing is returned."""
        x = self.cache
        scatter_add(x.ravel(), flat(dv), self.grads["embedding"])  # (1')
