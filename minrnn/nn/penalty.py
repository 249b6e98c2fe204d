"""Activation and temporal activation regularisation, AR and TAR (Merity, McCann and Socher 2017).

Two penalties keep what the output layer reads small and slow. h (T, N, H) is what the layers put out, v = h after
dropout, and `total` the number of symbols in the mean, more than T N if the batch is cut into shards:
    (1)  AR  = A sum v^2 / (total H)
    (2)  TAR = B sum over t > 0 of (h[t] - h[t-1])^2 / (total H) times T / (T - 1);  0 for T = 1

Backward, where the terms with h[-1] and h[T] are zero:
    (2') dh[t] += 2 B T / (T - 1) / (total H) ((h[t] - h[t-1]) - (h[t+1] - h[t]))
    (1') dv += 2 A / (total H) v
"""

import numpy as np


class ActivationPenalty:
    """A is `activation`, B is `temporal`. On only in passes with a random generator, as dropout is."""

    def __init__(self, activation: float, temporal: float):
        self.activation, self.temporal = activation, temporal
        self.cache = None

    def forward(self, h: np.ndarray, v: np.ndarray, rng: np.random.Generator | None) -> None:
        """h and v (T, N, H), which must stay as they are until the gradients have been added."""
        self.cache = (h, v) if rng is not None and (self.activation or self.temporal) else None

    def value(self, total: int) -> float:
        """(1) + (2) of the last forward pass."""
        if self.cache is None:
            return 0.0
        h, v = self.cache
        a, b = self.factors(total)
        return float(a * (v**2).sum() + b * (np.diff(h, axis=0) ** 2).sum())

    def factors(self, total: int) -> tuple[float, float]:
        """What the sums of squares in (1) and (2) are multiplied by."""
        T, _, H = self.cache[0].shape
        return self.activation / (total * H), self.temporal * T / max(T - 1, 1) / (total * H)

    def add_activation(self, dv: np.ndarray, total: int) -> None:
        """Adds the gradient of (1) to dv (T, N, H)."""
        if self.cache is not None and self.activation:
            dv += dv.dtype.type(2 * self.factors(total)[0]) * self.cache[1]  # (1')

    def add_temporal(self, dh: np.ndarray, total: int) -> None:
        """Adds the gradient of (2) to dh (T, N, H)."""
        if self.cache is not None and self.temporal:
            moved = np.diff(self.cache[0], axis=0) * dh.dtype.type(2 * self.factors(total)[1])
            dh[1:] += moved  # (2')
            dh[:-1] -= moved
