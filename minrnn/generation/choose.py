"""The choice of the next symbol from the logits of all symbols."""

import math

import numpy as np
from numba import njit
from numpy.random import Generator

from cells.kernels.activations import KERNEL

SORTED = 512  # symbols that are sorted first to find those that hold --top-p of the probability


def choose(
    logits: np.ndarray, rng: Generator, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0,
    greedy: bool = False, never: int | None = None,
) -> np.ndarray:  # fmt: skip
    """One symbol for each row of logits (N, V) -> integers (N,).

    Sampled from softmax(logits / temperature), first cut down to the `top_k` likeliest symbols
    (0: all), then to the fewest of these that hold `top_p` of the probability (Holtzman et al.
    2020). `greedy` takes the likeliest. The symbol `never` has the probability 0.
    """
    if never is not None:
        logits = logits.copy()
        logits[:, never] = -np.inf
    if greedy:
        return logits.argmax(axis=1)
    if top_k or top_p < 1:
        logits = restricted(logits, temperature, top_k, top_p)
    picks = np.empty(len(logits), np.intp)
    draw(logits, rng.random(len(logits)), float(temperature), np.empty(logits.shape[1]), picks)
    return picks


def restricted(logits: np.ndarray, temperature: float, top_k: int, top_p: float) -> np.ndarray:
    """The logits (N, V), with -inf for the symbols that must not be drawn. NaN and infinity are left alone."""
    V, largest = logits.shape[1], logits.max(axis=1, keepdims=True)
    if not np.isfinite(largest).all():
        return logits
    p = np.exp((logits - largest).astype(np.float64) / temperature)
    count = min(top_k or SORTED, V)
    while True:
        # To sort all symbols takes longer than the model if they are words. The likeliest few are mostly enough.
        order = likeliest(logits, count)
        kept = np.take_along_axis(p, order, axis=1)
        wanted = top_p * (kept if top_k else p).sum(axis=1, keepdims=True)
        before = np.cumsum(kept, axis=1) - kept
        if top_k or count == V or (before[:, -1:] >= wanted).all():
            break
        count = min(8 * count, V)
    z = np.take_along_axis(logits, order, axis=1)
    z[before >= wanted] = -np.inf
    left = np.full_like(logits, -np.inf)
    np.put_along_axis(left, order, z, axis=1)
    return left


def likeliest(logits: np.ndarray, count: int) -> np.ndarray:
    """The ids (N, count) of the largest logits (N, V), the largest first; of equal ones, the lowest ids."""
    if count == logits.shape[1]:
        return np.argsort(-logits, axis=1, kind="stable")
    least = np.partition(logits, -count, axis=1)[:, -count, np.newaxis]
    above, equal = logits > least, logits == least
    equal &= np.cumsum(equal, axis=1) <= count - above.sum(axis=1, keepdims=True)
    chosen = np.nonzero(above | equal)[1].reshape(-1, count)  # in the order of the vocabulary
    order = np.argsort(-np.take_along_axis(logits, chosen, axis=1), axis=1, kind="stable")
    return np.take_along_axis(chosen, order, axis=1)


@njit(**KERNEL)
def draw(logits, random, temperature, p, picks):
    """A symbol for each row of logits (N, V) into picks (N,), by random (N,) from 0 to 1; p (V,) is work space."""
    N, V = logits.shape
    for n in range(N):
        picks[n] = 0  # if all logits are NaN
        largest = np.float64(logits[n, 0])
        for j in range(V):
            largest = max(largest, logits[n, j])
        total = 0.0
        for j in range(V):
            p[j] = math.exp((logits[n, j] - largest) / temperature)
            total += p[j]
        target, reached = random[n] * total, 0.0
        for j in range(V):
            if p[j] > 0:
                picks[n] = j
                reached += p[j]
                if reached > target:
                    break
