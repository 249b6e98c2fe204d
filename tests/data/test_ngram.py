"""The n-gram model against one that is written as the formula stands in the book."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import ngram_losses


def naive(train, held_out, V, order):
    """Interpolated Kneser-Ney by dicts, symbol after symbol; a text begins with one symbol of its own."""
    text = [None, *train]
    grams = {k: [tuple(text[max(0, t - k + 1) : t + 1]) for t in range(1, len(text))] for k in range(1, order + 1)}
    counts = {order: Counter(grams[order])}
    for k in range(order - 1, 0, -1):
        counts[k] = Counter(longer[1:] if len(longer) > k else longer for longer in counts[k + 1])

    def p(history, s, k):
        if k == 0:
            return 1 / V
        h = tuple(history[max(0, len(history) - k + 1) :]) if k > 1 else ()
        after = {gram: c for gram, c in counts[k].items() if gram[:-1] == h}
        lower = p(history, s, k - 1)
        if not after:
            return lower
        n1, n2 = (sum(c == n for c in counts[k].values()) for n in (1, 2))
        D = n1 / (n1 + 2 * n2) if n1 else 0.5
        total = sum(after.values())
        return (max(after.get((*h, s), 0) - D, 0) + D * len(after) * lower) / total

    whole = [None, *train, *held_out]
    starts = range(len(train) + 1, len(whole))
    return -np.log([p(whole[:t], whole[t], order) for t in starts])


texts = st.lists(st.integers(0, 4), min_size=1, max_size=40)


@settings(derandomize=True, deadline=None)
@given(texts, texts, st.integers(1, 4))
def test_the_losses_are_those_of_the_formula(train, held_out, order):
    V = 6  # One of them never occurs.
    fast = ngram_losses(np.array(train, np.uint8), np.array(held_out, np.uint8), V, order)
    np.testing.assert_allclose(fast, naive(train, held_out, V, order), rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_the_probabilities_after_every_context_sum_to_one(order, rng):
    V = 7
    train = rng.integers(0, V - 2, 200)
    for _ in range(20):
        history = rng.integers(0, V, 6)
        losses = [ngram_losses(train, np.append(history, s), V, order)[-1] for s in range(V)]
        assert np.exp(-np.array(losses)).sum() == pytest.approx(1, abs=1e-12)


def test_a_text_that_repeats_itself_is_predicted_almost_surely():
    text = np.tile(np.arange(9), 300)
    assert ngram_losses(text[:2000], text[2000:], 9, 3).mean() < 0.02
    assert ngram_losses(text[:2000], text[2000:], 9, 1).mean() == pytest.approx(np.log(9), abs=0.01)


def test_many_symbols_need_no_keys_beyond_64_bits(rng):
    V = 2**31
    train, held_out = rng.integers(0, V, 300), rng.integers(0, V, 30)
    assert (ngram_losses(train, held_out, V, 5) > np.log(300)).all()
