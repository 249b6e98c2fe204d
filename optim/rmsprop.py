"""RMSprop (Tieleman and Hinton, Coursera lecture 6.5, 2012).

s <- rho s + (1 - rho) g^2
p <- p - lr g / (sqrt(s) + eps)
"""

import math

from numba import njit

from .optimizer import KERNEL, Optimizer


class RMSprop(Optimizer):
    """Gradient steps divided by a running root mean square of the gradient."""

    memory = ("s",)

    def __init__(self, size, lr=1e-3, rho=0.9, eps=1e-8):
        super().__init__(size, lr)
        self.rho, self.eps = rho, eps

    def step(self, params, grads):
        self.steps += 1
        real = params.dtype.type
        update(
            params,
            grads,
            *self.remembered(params, grads),
            real(self.lr),
            real(self.rho),
            real(1 - self.rho),
            real(self.eps),
        )


@njit(**KERNEL)
def update(params, grads, s, lr, rho, rest, eps):
    for k in range(params.size):
        s[k] = rho * s[k] + rest * grads[k] * grads[k]
        params[k] -= lr * grads[k] / (math.sqrt(s[k]) + eps)
