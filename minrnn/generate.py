"""Generation: the model's own forward pass, one symbol at a time, and the choice of each symbol."""

import numpy as np

WINDOW = 256


def choose(logits, rng, temperature=1.0, top_k=0, top_p=1.0, greedy=False):
    """One symbol for each row of logits (N, V) -> integers (N,).

    Sampled from softmax(logits / temperature), first cut down to the `top_k` likeliest symbols
    (0: all), then to the fewest of these that hold `top_p` of the probability (Holtzman et al.
    2020). `greedy` takes the likeliest.
    """
    if greedy:
        return logits.argmax(axis=1)
    z = logits - logits.max(axis=1, keepdims=True).astype(np.float64)
    order = np.argsort(-z, axis=1, kind="stable")
    p = np.exp(np.take_along_axis(z, order, axis=1) / temperature)
    if top_k:
        p[:, top_k:] = 0
    before = np.cumsum(p, axis=1) - p
    p[before >= top_p * p.sum(axis=1, keepdims=True)] = 0
    limit = np.cumsum(p, axis=1)
    pick = (limit < rng.random((len(p), 1)) * limit[:, -1:]).sum(axis=1)
    return np.take_along_axis(order, pick[:, np.newaxis], axis=1)[:, 0]


def generate(model, prime, rng, **choice):
    """Yields integers (N,), one symbol for each of N samples, without end.

    The model first reads `prime`, integers (n, N) with n >= 1. `choice` goes to `choose`.
    """
    state = model.zero_state(prime.shape[1])
    for k in range(0, len(prime), WINDOW):
        logits, state = model.forward(prime[k : k + WINDOW], state)
    while True:
        symbols = choose(logits[-1], rng, **choice)
        yield symbols
        logits, state = model.forward(symbols[np.newaxis], state)


def side_by_side(symbols, N):
    """Numbers (n,) as the same beginning of N samples, integers (n, N)."""
    return np.repeat(symbols[:, np.newaxis].astype(np.intp), N, axis=1)
