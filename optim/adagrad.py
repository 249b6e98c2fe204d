"""Adagrad (Duchi, Hazan and Singer 2011), the diagonal form.

s <- s + g^2
p <- p - lr g / (sqrt(s) + eps)         or, with eps_inside,    p <- p - lr g / sqrt(s + eps)
"""

import math

import numpy as np
from numba import njit

from .optimizer import KERNEL, Optimizer, root_terms


class Adagrad(Optimizer):
    """Gradient steps that get shorter for a parameter the more gradient it has had."""

    slots = ("s",)

    def __init__(self, size: int, lr: float = 0.1, eps: float = 1e-10, eps_inside: bool = False):
        super().__init__(size, lr)
        self.eps, self.eps_inside = eps, eps_inside

    def step(self, params: np.ndarray, grads: np.ndarray) -> None:
        real = params.dtype.type
        under, beside = root_terms(self.eps, self.eps_inside)
        update(params, grads, *self.begin(params, grads), real(self.lr), real(under), real(beside))


@njit(**KERNEL)
def update(params, grads, s, lr, under, beside):
    """One step; params, grads and s are (size,). eps is `under` the root or `beside` it."""
    for k in range(params.size):
        s[k] += grads[k] * grads[k]
        params[k] -= lr * grads[k] / (math.sqrt(s[k] + under) + beside)
