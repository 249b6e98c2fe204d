"""Dropout (Srivastava et al. 2014), inverted: what stays is scaled up, so that nothing changes at test time.

mask = (random >= p) / (1 - p),  v = h mask          dh = dv mask
"""

import numpy as np


class Dropout:
    """Zeroes each element with probability p, a new mask for every time step."""

    def __init__(self, p, dtype):
        self.p, self.dtype = p, dtype
        self.mask = None

    def forward(self, h, rng):
        """h (T, N, H) -> (T, N, H). Without a random generator (or with p = 0) h passes through."""
        self.mask = None
        if rng is None or self.p == 0:
            return h
        keep = rng.random(h.shape, np.float32) >= self.p
        self.mask = keep * self.dtype.type(1 / (1 - self.p))
        return h * self.mask

    def backward(self, dv):
        return dv if self.mask is None else dv * self.mask
