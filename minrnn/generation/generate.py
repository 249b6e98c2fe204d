"""Generation: the model runs one symbol at a time, and each symbol chosen is its next input."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.random import Generator

from cells.kernels.panels import packed_once

from ..nn.language_model import LanguageModel
from ..parallel.pools import one_blas_thread
from ..parallel.tasks import done
from .choose import choose

# Symbols of a prompt that the model reads at once, and samples that a thread writes at once.
WINDOW = 256
GROUP = 16


def side_by_side(symbols: np.ndarray, N: int) -> np.ndarray:
    """Symbol ids (n,) as the same prompt of N samples, integers (n, N)."""
    return np.repeat(symbols[:, np.newaxis].astype(np.intp), N, axis=1)


def generate(model: LanguageModel, prime: np.ndarray, rng: Generator, **choice) -> Iterator[np.ndarray]:
    """Yields integers (N,) without end: the next symbol of each of N samples.

    The model first reads `prime`, integers (n, N) with n >= 1. `choice` goes to `choose`.
    """
    return going_on(model, *read(model, prime), rng, **choice)


def generate_many(
    model: LanguageModel, prime: np.ndarray, length: int, rng: Generator, threads: int, **choice
) -> np.ndarray:
    """The first `length` symbols of each of N samples, integers (length, N), computed on several threads.

    Each thread takes GROUP samples at a time from start to end, so that none waits for another. Each
    group has a random generator of its own: the number of threads changes nothing.
    """
    groups = [slice(k, k + GROUP) for k in range(0, prime.shape[1], GROUP)]

    def work(model, group):
        rows, rng = group
        return islice(going_on(model, logits[rows], rows_of(state, rows), rng, **choice), length)

    with packed_once():
        logits, state = read(model, prime)
        samples = done(work, list(zip(groups, rng.spawn(len(groups)))), model, threads)
    return np.concatenate(
        [np.array(part, np.intp).reshape(-1, len(logits[rows])) for part, rows in zip(samples, groups)], axis=1
    )


def read(model: LanguageModel, prime: np.ndarray) -> tuple[np.ndarray, list]:
    """(logits (N, V) of the symbol after `prime`, integers (n, N), and the state there)."""
    state = model.zero_state(prime.shape[1])
    with one_blas_thread:
        for k in range(0, len(prime), WINDOW):
            logits, state = model.forward(prime[k : k + WINDOW], state)
    return logits[-1], state


def going_on(model: LanguageModel, logits: np.ndarray, state: list, rng: Generator, **choice) -> Iterator[np.ndarray]:
    """Yields integers (N,) without end: the first symbols chosen from `logits` (N, V), the others from what follows."""
    x = np.empty((1, len(logits)), np.intp)
    next_logits, step = model.stepper(x, state)
    while True:
        symbols = x[0] = choose(logits, rng, **choice)
        yield symbols
        step()
        logits = next_logits


def rows_of(state, rows: slice):
    """The state of some of N streams: `state` is an array (N, H), or a list or tuple of states."""
    if isinstance(state, np.ndarray):
        return state[rows]
    return type(state)(rows_of(part, rows) for part in state)
