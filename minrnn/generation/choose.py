"""The choice of the next symbol from the logits of all symbols."""

import math

import numpy as np
from numba import njit
from numpy.random import Generator

from cells.kernels.activations import KERNEL


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
    """The logits (N, V), with -inf for the symbols that must not be drawn."""
    order = np.argsort(-logits, axis=1, kind="stable")  # of equal symbols, the first counts as likelier
    z = np.take_along_axis(logits, order, axis=1)
    with np.errstate(invalid="ignore"):  # NaN logits are left alone
        p = np.exp((z - z[:, :1]).astype(np.float64) / temperature)
    if top_k:
        p[:, top_k:] = 0
    before = np.cumsum(p, axis=1) - p
    z[(p == 0) | (before >= top_p * p.sum(axis=1, keepdims=True))] = -np.inf
    left = np.empty_like(z)
    np.put_along_axis(left, order, z, axis=1)
    return left


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
