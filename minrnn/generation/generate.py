"""Generation: the model one symbol at a time, and the choice of each symbol."""

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, takewhile
from threading import Event

import numpy as np
from numba import njit
from threadpoolctl import threadpool_limits

from cells.kernels.activations import KERNEL

WINDOW = 256
GROUP = 16


def choose(logits, rng, temperature=1.0, top_k=0, top_p=1.0, greedy=False):
    """One symbol for each row of logits (N, V) -> integers (N,).

    Sampled from softmax(logits / temperature), first cut down to the `top_k` likeliest symbols
    (0: all), then to the fewest of these that hold `top_p` of the probability (Holtzman et al.
    2020). `greedy` takes the likeliest.
    """
    if greedy:
        return logits.argmax(axis=1)
    if top_k or top_p < 1:
        logits = restricted(logits, temperature, top_k, top_p)
    picks = np.empty(len(logits), np.intp)
    draw(logits, rng.random(len(logits)), float(temperature), np.empty(logits.shape[1]), picks)
    return picks


def restricted(logits, temperature, top_k, top_p):
    """The logits (N, V), with -inf for the symbols that are not to be drawn."""
    order = np.argsort(-logits, axis=1, kind="stable")  # of equals the first is the likelier
    z = np.take_along_axis(logits, order, axis=1)
    with np.errstate(invalid="ignore"):  # of no numbers nothing is cut away
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
    """A symbol for each row of logits (N, V) into picks (N,), by random (N,) from 0 to 1; p (V,) to work in."""
    N, V = logits.shape
    for n in range(N):
        picks[n] = 0  # where no logit is a number
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


def generate(model, prime, rng, **choice):
    """Yields integers (N,), one symbol for each of N samples, without end.

    The model first reads `prime`, integers (n, N) with n >= 1. `choice` goes to `choose`.
    """
    return going_on(model, *read(model, prime), rng, **choice)


def generate_many(model, prime, length, rng, threads, **choice):
    """What `generate` would yield `length` times, integers (length, N), computed on several threads.

    Each thread takes GROUP samples at a time from start to end, so that none waits for another. Each
    group has a random generator of its own: the number of threads changes nothing.
    """
    logits, state = read(model, prime)
    stopped = Event()
    groups = [slice(k, k + GROUP) for k in range(0, prime.shape[1], GROUP)]

    def work(rows, rng):
        symbols = going_on(model, logits[rows], cut(state, rows), rng, **choice)
        heard = takewhile(lambda _: not stopped.is_set(), islice(symbols, length))
        return np.array(list(heard), np.intp).reshape(-1, len(logits[rows]))

    with ThreadPoolExecutor(threads) as pool, threadpool_limits(1, user_api="blas"):
        try:
            return np.concatenate(list(pool.map(work, groups, rng.spawn(len(groups)))), axis=1)
        except BaseException:
            stopped.set()  # The pool waits for its threads: on Ctrl-C they shall not write to the end.
            raise


def read(model, prime):
    """(logits (N, V) of what follows `prime`, integers (n, N), the state after it)."""
    state = model.zero_state(prime.shape[1])
    for k in range(0, len(prime), WINDOW):
        logits, state = model.forward(prime[k : k + WINDOW], state)
    return logits[-1], state


def going_on(model, logits, state, rng, **choice):
    """Yields integers (N,) without end: the first drawn from the logits (N, V), the others from what follows."""
    x = np.empty((1, len(logits)), np.intp)
    next_logits, step = model.stepper(x, state)
    while True:
        symbols = x[0] = choose(logits, rng, **choice)
        yield symbols
        step()
        logits = next_logits


def cut(state, rows):
    """The state of some of the N streams: `state` is an array (N, H), or a list or tuple of states."""
    if isinstance(state, np.ndarray):
        return state[rows]
    return type(state)(cut(part, rows) for part in state)


def side_by_side(symbols, N):
    """Numbers (n,) as the same beginning of N samples, integers (n, N)."""
    return np.repeat(symbols[:, np.newaxis].astype(np.intp), N, axis=1)
