"""A linear layer that narrows what the output layer reads: a tied embedding may then be narrower than the layers.

Forward and backward:
    (1)  z[t] = v[t] P,  P (H, K)
    (1') dP = sum_t v[t]^T dz[t],  dv[t] = dz[t] P^T
"""

from collections.abc import Callable

import numpy as np

from cells.kernels.inputs import flat
from cells.kernels.panels import multiply, packed


class Projection:
    """P (H, K), uniform in +-1/sqrt(H)."""

    def __init__(self, H: int, K: int, dtype, rng: np.random.Generator):
        bound = 1 / np.sqrt(H)
        self.params = {"P": rng.uniform(-bound, bound, (H, K)).astype(dtype)}
        self.grads = {"P": np.zeros((H, K), dtype)}

    def forward(self, v: np.ndarray) -> np.ndarray:
        """v (T, N, H) -> z (T, N, K)."""
        self.cache, P = v, self.params["P"]
        return np.dot(flat(v), P).reshape(*v.shape[:2], P.shape[1])  # (1)

    def backward(self, dz: np.ndarray) -> np.ndarray:
        """dz (T, N, K) -> dv (T, N, H)."""
        v, dz = self.cache, flat(dz)
        self.grads["P"] += flat(v).T @ dz  # (1')
        return np.dot(dz, self.params["P"].T).reshape(v.shape)  # (1')

    def stepper(self, v: np.ndarray) -> tuple[np.ndarray, Callable[[], None]]:
        """`forward` one step at a time, for weights that do not change: (z (1, N, K), a function)."""
        P, z = packed(self.params["P"]), np.empty((1, v.shape[1], self.params["P"].shape[1]), v.dtype)
        return z, lambda: multiply(v[0], P, z[0])
