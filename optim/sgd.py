"""Stochastic gradient descent, with heavy-ball momentum if wanted (Polyak 1964).

v <- momentum v + g
p <- p - lr v
"""

import numpy as np
from numba import njit

from .optimizer import KERNEL, Optimizer


class SGD(Optimizer):
    """Plain gradient steps; `momentum` in [0, 1) keeps a share of the last step's direction."""

    slots = ("v",)

    def __init__(self, size: int, lr: float = 1.0, momentum: float = 0.0):
        super().__init__(size, lr)
        self.momentum = momentum

    def step(self, params: np.ndarray, grads: np.ndarray) -> None:
        real = params.dtype.type
        update(params, grads, *self.begin(params, grads), real(self.lr), real(self.momentum))


@njit(**KERNEL)
def update(params, grads, v, lr, momentum):
    """One step; params, grads and v are (size,)."""
    for k in range(params.size):
        v[k] = momentum * v[k] + grads[k]
        params[k] -= lr * v[k]
