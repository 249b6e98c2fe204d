"""An ensemble gives the mean of its models' probabilities, whole sequences or one step at a time."""

import numpy as np
import pytest

from minrnn.generation.fill import fill
from minrnn.generation.generate import generate_many, side_by_side
from minrnn.nn.build import build
from minrnn.nn.ensemble import ClozeEnsemble, Ensemble, log_mean, together

V = 7
ONE_WAY = [("lstm", 1, 5, 0), ("gru", 2, 4, 3), ("rnn", 1, 6, 2)]
BOTH_WAYS = [("bilstm", 1, 5, 0), ("bigru", 2, 4, 3)]


def models(kinds):
    names = ("cell", "layers", "hidden", "embed")
    return [build({"V": V, **dict(zip(names, kind))}, np.random.default_rng(k)) for k, kind in enumerate(kinds)]


def softmax(z):
    e = np.exp(z.astype(np.float64))
    return e / e.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("kinds", [ONE_WAY, BOTH_WAYS])
def test_probabilities_are_the_mean_of_those_of_the_models(kinds, rng):
    parts = models(kinds)
    ensemble = together(parts)
    x, y = rng.integers(V, size=(2, 9, 3))
    p = np.mean([softmax(model.forward(x)[0]) for model in parts], axis=0)
    logits, _ = ensemble.forward(x, ensemble.zero_state(3))
    np.testing.assert_allclose(np.exp(logits), p, rtol=1e-5)
    # The state is carried: two halves are the whole, if the models see one side only.
    if kinds is ONE_WAY:
        halves = [ensemble.forward(x[:4], ensemble.zero_state(3))]
        halves.append(ensemble.forward(x[4:], halves[0][1]))
        np.testing.assert_allclose(np.concatenate([half for half, _ in halves]), logits, rtol=1e-5, atol=1e-6)
    target = ensemble.targets(x, y)
    expected = -np.log(np.take_along_axis(p, target[..., np.newaxis], axis=2)).mean()
    loss, correct, _ = ensemble.loss(x, y, total=x.size)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert correct == (p.argmax(axis=2) == target).sum()


def test_steps_give_what_the_whole_sequence_gives(rng):
    ensemble = Ensemble(models(ONE_WAY))
    ensemble.reuse_memory()
    x = rng.integers(V, size=(6, 3))
    expected, _ = ensemble.replica().forward(x)
    symbols = np.empty((1, 3), np.intp)
    logits, step = ensemble.stepper(symbols, ensemble.zero_state(3))
    for t in range(len(x)):
        symbols[0] = x[t]
        step()
        np.testing.assert_allclose(logits, expected[t], rtol=1e-5, atol=1e-6)


def test_a_model_with_itself_writes_what_it_writes_alone():
    (model,) = models(ONE_WAY[1:2])
    prime = side_by_side(np.array([1, 2]), 20)
    alone, twice = (
        generate_many(m, prime, 30, np.random.default_rng(3), 2) for m in (together([model]), together([model, model]))
    )
    np.testing.assert_array_equal(alone, twice)


def test_a_bidirectional_model_with_itself_fills_in_what_it_fills_in_alone(rng):
    (model,) = models(BOTH_WAYS[1:])
    x = rng.integers(V, size=(9, 4))
    blanks = np.arange(9) % 3 == 1
    assert isinstance(together([model, model]), ClozeEnsemble)
    alone, twice = (fill(together(m), x, blanks, np.random.default_rng(3), 2) for m in ([model], [model, model]))
    np.testing.assert_array_equal(alone, twice)


def test_contexts_of_models_of_different_sizes_meet_in_their_own_model(rng):
    parts = models(BOTH_WAYS)
    ensemble = together(parts)
    x = rng.integers(V, size=(6, 3))
    expected, _ = ensemble.forward(x)
    left, _ = ensemble.left(x[:2], ensemble.zero_state(3))
    np.testing.assert_allclose(ensemble.between(left, ensemble.right(x)[2]), expected[2], rtol=1e-5, atol=1e-6)


def test_a_probability_of_nearly_nothing_does_not_become_nothing():
    z = np.array([[0, -200]], np.float32)
    np.testing.assert_allclose(log_mean([z, z]), z, rtol=1e-6)


@pytest.mark.parametrize("kinds", [["lstm", "bilstm"], ["gru"]])
def test_models_that_do_not_fit_are_refused(kinds):
    sizes = {"layers": 1, "hidden": 4}
    parts = [build({"V": V, "cell": cell, **sizes}) for cell in kinds]
    with pytest.raises(ValueError, match="one vocabulary"):
        Ensemble([*parts, build({"V": V + 1 if len(kinds) == 1 else V, "cell": "lstm", **sizes})])
