"""The softmax over a sample of the symbols: with 10,000 words, the full one is most of the work of a training step.

The sample holds all targets of a batch, M of them, and about K other symbols. The denominator of the softmax is
estimated from it (Horvitz and Thompson 1952): each term is divided by the probability of being in the sample.

    (1)  q[w] = min(1, c counts[w]^(3/4)),  c so that sum q = K       w is drawn on its own
    (2)  pi[w] = 1 - (1 - q[w]) (1 - p[w])^(M - 1)                    w is drawn, or is another target
    (3)  z[w] = logits[w] - log pi[w],  but z[y] = logits[y]          the target y of a row is surely there
    (4)  loss = -log softmax(z)[y]

p[w] is the share of w in the text. Frequent symbols are always in the sample; to draw by counts^(3/4) is an idea of
Mikolov et al. (2013). From one batch to the next, the sum of exp(z) is right on average, and its logarithm nearly so.
"""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from .output import softmax_cross_entropy


class Sample(NamedTuple):
    """Symbols (S,) in order; the place in them of each target, integers like y; and log pi (S,)."""

    symbols: np.ndarray
    targets: np.ndarray
    log_pi: np.ndarray

    def cross_entropy(self, logits: np.ndarray, total: int) -> tuple[float, int, np.ndarray]:
        """(3) and (4), like `softmax_cross_entropy`: logits (T, N, S) of the symbols of the sample, overwritten.

        A prediction is counted as right where the target has the largest logit of the sample.
        """
        own = np.take_along_axis(logits, self.targets[..., np.newaxis], axis=2)
        logits -= self.log_pi.astype(logits.dtype)
        np.put_along_axis(logits, self.targets[..., np.newaxis], own, axis=2)  # (3)
        return softmax_cross_entropy(logits, self.targets, total)  # (4)


class Sampler:
    """Draws samples of about K symbols and the targets; counts (V,) is how often each symbol occurs in the text."""

    def __init__(self, counts: np.ndarray, K: int):
        self.K = K
        self.q = drawn(counts, K)  # (1)
        with np.errstate(divide="ignore"):
            self.log_absent = np.log1p(-counts / counts.sum())

    def size(self, M: int) -> float:
        """How many symbols a sample for M targets has on average."""
        return self.present(M).sum()

    def present(self, targets: int, symbols: np.ndarray | slice = slice(None)) -> np.ndarray:
        """The probability of each of the symbols to be drawn, or to be one of so many targets."""
        return 1 - (1 - self.q[symbols]) * np.exp(targets * self.log_absent[symbols])

    def draw(self, y: np.ndarray, rng: Generator) -> Sample:
        """A sample for the targets y, integers (T, N)."""
        here = rng.random(len(self.q)) < self.q
        here[y] = True
        symbols = np.flatnonzero(here)
        places = np.empty(len(here), np.intp)
        places[symbols] = np.arange(len(symbols))
        pi = self.present(y.size - 1, symbols)  # (2)
        return Sample(symbols, places[y], np.log(pi))


def drawn(counts: np.ndarray, K: int) -> np.ndarray:
    """The probability (V,) with which each symbol is drawn; their sum is K, or V if that is less."""
    weights = (counts + 1.0) ** 0.75
    order = np.argsort(-weights)
    rest = np.cumsum(weights[order[::-1]])[::-1]  # rest[k]: the sum of all but the k largest weights
    # With the k largest certain, c = (K - k) / rest[k]. The right k is the first whose largest other one stays below 1.
    c = np.maximum(K - np.arange(len(weights)), 0) / rest
    fits = c * weights[order] <= 1
    return np.minimum(1, weights * (c[np.argmax(fits)] if fits.any() else np.inf))
