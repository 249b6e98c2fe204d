"""Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up, so generation needs no change.

Forward and backward:
    (1)  mask = (random >= p) / (1 - p)
    (2)  v = h mask
    (2') dh = dv mask
"""

import numpy as np

from . import DROPOUT_MASKS


class Dropout:
    """Zeroes each element with probability p.

    `mask` "step" draws a new mask for every time step. "sequence" draws one for all the steps of a batch
    (locked dropout: Gal and Ghahramani 2016, Merity et al. 2017).
    """

    def __init__(self, p: float, mask: str, dtype):
        if mask not in DROPOUT_MASKS:
            raise ValueError(f"the dropout mask is {mask!r}; expected one of {', '.join(DROPOUT_MASKS)}")
        self.p, self.locked, self.dtype = p, mask == "sequence", np.dtype(dtype)
        self.mask = None

    def set_dropout(self, p: float) -> None:
        """Another p, from the next mask on."""
        self.p = p

    def drops(self, rng: np.random.Generator | None) -> bool:
        """Whether `forward` with this generator (or None) changes anything."""
        return rng is not None and self.p > 0

    def forward(self, h: np.ndarray, rng: np.random.Generator | None) -> np.ndarray:
        """h (T, N, H) -> (T, N, H); h itself without a random generator, or with p = 0."""
        self.mask = None
        if not self.drops(rng):
            return h
        T, N, H = h.shape
        self.mask = drawn_mask((1 if self.locked else T, N, H), self.p, rng, self.dtype)  # (1)
        return h * self.mask  # (2)

    def backward(self, dv: np.ndarray) -> np.ndarray:
        """dv (T, N, H) -> dh (T, N, H)."""
        return dv if self.mask is None else dv * self.mask  # (2')


def drawn_mask(shape: tuple[int, ...], p: float, rng: np.random.Generator, dtype: np.dtype) -> np.ndarray:
    """A new mask of this shape: 0 with probability p, else 1 / (1 - p), so that its mean is 1."""
    keep = rng.random(shape, np.float32) >= p
    return keep * dtype.type(1 / (1 - p))  # (1)
