"""Adam (Kingma and Ba 2015), with decoupled weight decay if wanted (Loshchilov and Hutter 2019).

At step t = 1, 2, ...:
    (1)  m <- beta1 m + (1 - beta1) g
    (2)  v <- beta2 v + (1 - beta2) g^2
    (3)  p <- p - lr decay p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

m and v begin at zero. In m the gradients so far have weights that add up to 1 - beta1^t, a geometric sum, so in (3) it
is divided by this to be a mean; v likewise (docs/gradients.md derives it).
"""

import math

import numpy as np
from numba import njit

from .optimizer import KERNEL, Optimizer


class Adam(Optimizer):
    """Steps of about lr for every parameter: the running mean of the gradient over its running size."""

    slots = ("m", "v")

    def __init__(
        self, size: int, lr: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):  # fmt: skip
        super().__init__(size, lr)
        self.beta1, self.beta2, self.eps, self.weight_decay = beta1, beta2, eps, weight_decay

    def step(self, params: np.ndarray, grads: np.ndarray) -> None:
        self.move(params, grads, *self.begin(params, grads))

    def move(self, params: np.ndarray, grads: np.ndarray, m: np.ndarray, v: np.ndarray) -> None:
        """The step number `steps` of these parameters (n,), or of a part of them."""
        real = params.dtype.type
        rate = self.lr / (1 - self.beta1**self.steps)
        root = 1 / math.sqrt(1 - self.beta2**self.steps)
        shrink = 1 - self.lr * self.weight_decay
        update(
            params, grads, m, v,
            real(self.beta1), real(1 - self.beta1), real(self.beta2), real(1 - self.beta2),
            real(rate), real(root), real(self.eps), real(shrink),
        )  # fmt: skip


@njit(**KERNEL)
def update(params, grads, m, v, beta1, rest1, beta2, rest2, rate, root, eps, shrink):
    """One step; params, grads, m and v are (size,).

    rest = 1 - beta, rate = lr / (1 - beta1^t), root = 1 / sqrt(1 - beta2^t), shrink = 1 - lr decay.
    """
    for k in range(params.size):
        m[k] = beta1 * m[k] + rest1 * grads[k]  # (1)
        v[k] = beta2 * v[k] + rest2 * grads[k] * grads[k]  # (2)
        params[k] = shrink * params[k] - rate * m[k] / (root * math.sqrt(v[k]) + eps)  # (3)
