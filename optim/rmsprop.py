"""RMSprop (Tieleman and Hinton, Coursera lecture 6.5, 2012).

s <- rho s + (1 - rho) g^2
p <- p - lr g / (sqrt(s) + eps)         or, with eps_inside,    p <- p - lr g / sqrt(s + eps)

Recipes of the Theano days are written in the second form; its eps has the unit of s, a squared gradient.
"""

import math

import numpy as np
from numba import njit

from .optimizer import KERNEL, Optimizer, root_terms


class RMSprop(Optimizer):
    """Gradient steps divided by a running root mean square of the gradient."""

    slots = ("s",)

    def __init__(self, size: int, lr: float = 1e-3, rho: float = 0.9, eps: float = 1e-8, eps_inside: bool = False):
        super().__init__(size, lr)
        self.rho, self.eps, self.eps_inside = rho, eps, eps_inside

    def step(self, params: np.ndarray, grads: np.ndarray) -> None:
        real = params.dtype.type
        under, beside = root_terms(self.eps, self.eps_inside)
        update(
            params, grads, *self.begin(params, grads),
            real(self.lr), real(self.rho), real(1 - self.rho), real(under), real(beside),
        )  # fmt: skip


@njit(**KERNEL)
def update(params, grads, s, lr, rho, rest, under, beside):
    """One step; params, grads and s are (size,). rest = 1 - rho; eps is `under` the root or `beside` it."""
    for k in range(params.size):
        s[k] = rho * s[k] + rest * grads[k] * grads[k]
        params[k] -= lr * grads[k] / (math.sqrt(s[k] + under) + beside)
