"""Write an optimiser: RMSprop with Nesterov momentum.

At every step with the gradient g, where s and b are zero before the first step:

    (1)  s <- rho s + (1 - rho) g^2              a running mean of the squared gradient
    (2)  u = g / (sqrt(s) + eps)
    (3)  b <- mu b + u                           momentum
    (4)  w <- w - lr (u + mu b)                  Nesterov: one look ahead, with the new b

Your task: write `__init__` and `step`. The object keeps s and b from step to step; `step` changes w in place.
"""

import numpy as np


class Nesterov:
    def __init__(self, size, lr=0.01, rho=0.9, mu=0.8, eps=1e-8):
        """An optimiser for `size` weights."""
        # answer: raise NotImplementedError("write __init__")
        self.lr, self.rho, self.mu, self.eps = lr, rho, mu, eps
        self.s, self.b = np.zeros(size), np.zeros(size)
        # end

    def step(self, w, g):
        """w (size,) the weights, changed in place; g (size,) the gradient, left as it is. Returns nothing."""
        # answer: raise NotImplementedError("write step")
        self.s[:] = self.rho * self.s + (1 - self.rho) * g**2
        u = g / (np.sqrt(self.s) + self.eps)
        self.b[:] = self.mu * self.b + u
        w -= self.lr * (u + self.mu * self.b)
        # end
