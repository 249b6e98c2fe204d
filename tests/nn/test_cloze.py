"""Bidirectional models at work: blanks filled from both sides, free writing, scoring."""

import numpy as np
import pytest

from data import CharVocabulary, WordVocabulary
from minrnn.generation.fill import continued, fill, with_blanks
from minrnn.nn.build import build
from minrnn.nn.cloze_model import ClozeModel
from minrnn.nn.output import softmax_cross_entropy
from minrnn.parallel.shards import Shards
from optim import Adam

V, H = 5, 12


@pytest.fixture(scope="module")
def model():
    """A model that has learned that each symbol is the mean of its neighbours in 0 1 2 3 4 0 1 2 ..."""
    rng = np.random.default_rng(3)
    model = build(dict(V=V, cell="bigru", layers=1, hidden=H), rng)
    adam = Adam(model.params.size, lr=1e-2)
    for _ in range(300):
        x = (np.arange(10)[:, np.newaxis] + rng.integers(0, V, 8)) % V
        model.grads[:] = 0
        loss, _, dlogits = softmax_cross_entropy(model.forward(x)[0], x, x.size)
        model.backward(dlogits)
        adam.step(model.params, model.grads)
    assert loss < 0.1
    return model


def test_a_blank_is_filled_from_both_sides(model, rng):
    x = (np.arange(9)[:, np.newaxis] + [0, 1, 2]) % V
    blanks = np.arange(9) == 4
    holes = np.where(blanks[:, np.newaxis], 0, x)
    np.testing.assert_array_equal(fill(model, holes, blanks, rng, sweeps=1, greedy=True), x)
    np.testing.assert_array_equal(holes[4], 0)


def test_the_first_symbol_is_filled_from_the_right_alone(model, rng):
    x = (np.arange(9)[:, np.newaxis] + [0, 3]) % V
    blanks = np.arange(9) == 0
    assert (fill(model, x * ~blanks[:, np.newaxis], blanks, rng, sweeps=1, greedy=True)[0] == x[0]).all()
    # The draft sees the left side only, which is empty: it cannot tell the two apart.
    draft = fill(model, x * ~blanks[:, np.newaxis], blanks, rng, sweeps=0, greedy=True)
    assert draft[0, 0] == draft[0, 1]


def test_what_is_no_blank_stays(model, rng):
    x = rng.integers(0, V, (20, 4))
    blanks = rng.random(20) < 0.5
    out = fill(model, x, blanks, rng, sweeps=3)
    np.testing.assert_array_equal(out[~blanks], x[~blanks])
    assert (out[blanks] != x[blanks]).any()


def test_fill_draws_from_the_models_own_probabilities(model, rng):
    """With one blank, a sweep draws from softmax of the very logits that training and scoring see."""
    x = np.repeat(rng.integers(0, V, (7, 1)), 20_000, axis=1)
    logits, _ = model.forward(x[:, :1])
    p = np.exp(logits[3, 0] - logits[3, 0].max())
    out = fill(model, x, np.arange(7) == 3, rng, sweeps=1)
    np.testing.assert_allclose(np.bincount(out[3], minlength=V) / 20_000, p / p.sum(), atol=0.015)


def test_free_writing_goes_on_from_the_prime(model, rng):
    written = continued(model, np.array([[0, 3], [1, 4]]), 8, rng, sweeps=3, greedy=True)
    np.testing.assert_array_equal(written.T, [[2, 3, 4, 0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 0, 1, 2]])


def test_underscores_are_blanks_one_a_character_or_one_a_word():
    chars = CharVocabulary(sorted("to be"))
    symbols, blanks, _ = with_blanks("t__be_", chars)
    assert blanks.tolist() == [False, True, True, False, False, True]
    assert chars.decode(symbols[~blanks]) == "tbe"
    words = WordVocabulary([" ", "be", "or", "to"])
    symbols, blanks, _ = with_blanks("to be ____ to be", words)
    assert blanks.tolist() == [False] * 4 + [True] + [False] * 4
    assert words.decode(symbols[~blanks]) == "to be  to be"


def test_an_underscore_of_the_text_is_written_with_a_backslash():
    chars = CharVocabulary(sorted("a_b"))
    symbols, blanks, _ = with_blanks(r"a\__b", chars)
    assert blanks.tolist() == [False, False, True, False]
    assert chars.decode(symbols[~blanks]) == "a_b"


def test_state_carries_the_left_context_from_batch_to_batch(rng):
    model = build(dict(V=V, cell="bilstm", layers=2, hidden=H), rng, np.float64)
    x = rng.integers(0, V, (9, 4))
    whole, _ = model.forward(x)
    first, state = model.forward(x[:5])
    second, _ = model.forward(x[5:], state)
    np.testing.assert_allclose(second, whole[5:], atol=1e-14)
    # The right context of the first part ends where it ends.
    assert np.abs(first[:5] - whole[:5]).max() > 1e-3


def test_evaluation_and_training_predict_the_symbols_themselves(rng):
    model = build(dict(V=V, cell="birnn", layers=1, hidden=H), rng, np.float64)
    x, y = rng.integers(0, V, (2, 9, 4))
    expected, _, _ = softmax_cross_entropy(model.forward(x)[0], x, x.size)
    shards = Shards(model, 2, 1)
    assert abs(shards.evaluate([(x, y)])[0] - expected) < 1e-14
    assert abs(shards.gradient(x, y, shards.zero_states(4), [None] * 2)[0] - expected) < 1e-14


def test_a_framed_text_has_every_symbol_predicted_once(rng):
    symbols, opening = np.array([3, 1, 4, 1]), np.array([0])
    for cell in ("lstm", "bilstm"):
        framed = build(dict(V=V, cell=cell, layers=1, hidden=H), rng).framed(symbols, opening)
        x, y = framed[:-1], framed[1:]
        np.testing.assert_array_equal(y if cell == "lstm" else x, symbols)


def test_only_allowed_symbols_are_written(model, rng):
    allowed = np.array([False, True, False, True, False])
    x = fill(model, np.zeros((30, 6), int), np.ones(30, bool), rng, 2, allowed)
    assert set(x.ravel()) == {1, 3}


@pytest.mark.parametrize("embed", [0, 7])
def test_the_left_context_one_symbol_at_a_time_is_the_same(embed, rng):
    model = ClozeModel(5, "bigru", 2, 6, embed, dtype=np.float64, rng=rng)
    x, here = rng.integers(0, 5, (4, 3)), np.zeros((1, 3), int)
    left, step = model.left_stepper(here, model.zero_state(3))
    for t in range(4):
        here[0] = x[t]
        step()
        np.testing.assert_allclose(left, model.left(x[: t + 1], model.zero_state(3))[0], atol=1e-14)
