"""The choice of a symbol from logits: by probability, temperature, top-k, top-p, or the likeliest."""

import numpy as np
import pytest

from minrnn.generation.choose import choose, draw, restricted

P = np.array([0.5, 0.1, 0.3, 0.04, 0.06])
LOGITS = np.log(P).astype(np.float32)


def shares(rng, draws=40_000, **choice):
    """How often each symbol is drawn from LOGITS."""
    picks = choose(np.tile(LOGITS, (draws, 1)), rng, **choice)
    return np.bincount(picks, minlength=5) / draws


def test_symbols_are_drawn_with_their_probabilities(rng):
    np.testing.assert_allclose(shares(rng), P, atol=0.01)


def test_temperature_sharpens_and_flattens(rng):
    for temperature in (0.5, 2.0):
        expected = P ** (1 / temperature)
        np.testing.assert_allclose(shares(rng, temperature=temperature), expected / expected.sum(), atol=0.01)
    np.testing.assert_array_equal(shares(rng, draws=100, temperature=1e-9), np.eye(5)[0])


def test_top_k_keeps_the_k_likeliest(rng):
    np.testing.assert_allclose(shares(rng, top_k=2), [0.625, 0, 0.375, 0, 0], atol=0.01)


def test_top_p_keeps_the_fewest_that_hold_p(rng):
    np.testing.assert_allclose(shares(rng, top_p=0.75), [0.625, 0, 0.375, 0, 0], atol=0.01)
    np.testing.assert_array_equal(shares(rng, draws=100, top_p=0.01), np.eye(5)[0])


def test_greedy_takes_the_likeliest():
    np.testing.assert_array_equal(choose(np.array([LOGITS, LOGITS[::-1]]), None, greedy=True), [0, 4])


def test_impossible_symbols_are_never_drawn(rng):
    logits = np.array([[0, -np.inf, 0, -np.inf, -np.inf]], np.float32)
    assert set(choose(np.tile(logits, (1000, 1)), rng)) == {0, 2}


def test_a_symbol_is_drawn_even_from_logits_of_nan_or_infinity(rng):
    for row in ([np.nan] * 4, [-np.inf] * 4, [np.inf, 0, 0, 0], [0, np.nan, 0, 0]):
        for choice in ({}, {"top_k": 2}, {"top_p": 0.5}):
            assert 0 <= choose(np.array([row], np.float32), rng, **choice)[0] < 4


def test_top_k_and_top_p_together(rng):
    np.testing.assert_allclose(shares(rng, top_k=3, top_p=0.6), [0.625, 0, 0.375, 0, 0], atol=0.01)


@pytest.mark.parametrize("V", [1, 5, 700, 5000])
@pytest.mark.parametrize("top_k, top_p", [(1, 1.0), (3, 0.5), (600, 0.9), (9000, 1.0), (0, 0.01), (0, 0.9), (0, 0.999)])
def test_what_is_left_is_what_a_sort_of_all_symbols_leaves(V, top_k, top_p, rng):
    for logits in (2 * rng.standard_normal((3, V)), rng.integers(0, 3, (3, V)), np.zeros((3, V))):
        logits = logits.astype(np.float32)
        for row, left in zip(logits, restricted(logits, 0.8, top_k, top_p)):
            order = np.argsort(-row, kind="stable")[: top_k or V]
            p = np.exp((row[order] - row.max()).astype(np.float64) / 0.8)
            expected = np.full(V, -np.inf)
            kept = order[np.cumsum(p) - p < top_p * p.sum()]
            expected[kept] = row[kept]
            np.testing.assert_array_equal(left, expected)


def test_compiled_draw_equals_its_source(rng):
    logits, random = rng.standard_normal((200, 5)), rng.random(200)
    logits[:, 3] = -np.inf
    picks = np.zeros((2, 200), np.intp)
    draw(logits, random, 0.7, np.empty(5), picks[0])
    draw.py_func(logits, random, 0.7, np.empty(5), picks[1])
    np.testing.assert_array_equal(*picks)
