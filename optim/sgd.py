"""Stochastic gradient descent, with heavy-ball momentum if wanted (Polyak 1964).

v <- momentum v + g
p <- p - lr v
"""

from numba import njit

from .optimizer import KERNEL, Optimizer


class SGD(Optimizer):
    """Plain gradient steps; `momentum` in [0, 1) keeps a share of the last step's direction."""

    memory = ("v",)

    def __init__(self, size, lr=1.0, momentum=0.0):
        super().__init__(size, lr)
        self.momentum = momentum

    def step(self, params, grads):
        self.steps += 1
        real = params.dtype.type
        update(params, grads, *self.remembered(params, grads), real(self.lr), real(self.momentum))


@njit(**KERNEL)
def update(params, grads, v, lr, momentum):
    for k in range(params.size):
        v[k] = momentum * v[k] + grads[k]
        params[k] -= lr * v[k]
