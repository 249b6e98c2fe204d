"""Every gradient of the whole language model, element by element, against the complex step."""

import numpy as np
import pytest
import reference

from cells import CELLS
from minrnn.model import LanguageModel
from minrnn.output import softmax_cross_entropy

T, N, V, E, H = 3, 4, 5, 7, 6
KINDS = [(name, "after") for name in CELLS] + [("gru", "before")]


@pytest.mark.parametrize("dropout", [0.0, 0.4], ids=["", "dropout"])
@pytest.mark.parametrize("embed", [0, E], ids=["onehot", "embedding"])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("name, reset", KINDS, ids=[f"{n}-{r}" if n == "gru" else n for n, r in KINDS])
def test_every_gradient_equals_the_complex_step(name, reset, layers, embed, dropout, rng):
    model = LanguageModel(V, name, layers, H, embed, dropout, reset, np.float64, rng)
    model.params += 0.3 * rng.standard_normal(model.params.shape)
    weights = model.weights()
    x, y = rng.integers(0, V, (2, T, N)), rng.integers(0, V, (2, T, N))
    parts = model.layers[0].state_parts
    states = [tuple(rng.standard_normal((parts, N, H))) for _ in range(layers)]
    initial = [s if parts > 1 else s[0] for s in states]

    # The second of two steps is checked: weights have moved and the memory of the first is there.
    for k in range(2):
        model.grads[:] = 0
        logits, _ = model.forward(x[k], initial, rng)
        loss, _, dlogits = softmax_cross_entropy(logits, y[k], T * N)
        dinitial = model.backward(dlogits)
        if k == 0:
            model.params -= 0.1 * model.grads

    masks = [d.mask for d in model.dropouts]
    assert all((m is not None) == (dropout > 0) for m in masks)

    def reference_loss(w, states):
        return reference.language_model_loss(name, w, x[1], y[1], states, masks, V)

    assert abs(loss - reference_loss(weights, states)) < 1e-12
    for prefix, part in model.parts.items():
        for key, got in part.grads.items():

            def with_weight(v, name=prefix + key):
                return reference_loss({**weights, name: v}, states)

            expected = reference.derivative(with_weight, weights[prefix + key])
            assert reference.relative_error(got, expected) < 1e-11, prefix + key
    for k in range(layers):
        for j in range(parts):

            def with_part(v, k=k, j=j):
                changed = (*states[k][:j], v, *states[k][j + 1 :])
                return reference_loss(weights, [*states[:k], changed, *states[k + 1 :]])

            got = dinitial[k][j] if parts > 1 else dinitial[k]
            assert reference.relative_error(got, reference.derivative(with_part, states[k][j])) < 1e-11


def test_softmax_cross_entropy_is_mean_negative_log_probability(rng):
    logits, y = rng.standard_normal((T, N, V)), rng.integers(0, V, (T, N))
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    expected = -np.log(np.take_along_axis(p, y[..., None], 2)).mean()
    right = (logits.argmax(axis=2) == y).sum()
    loss, correct, dlogits = softmax_cross_entropy(logits.copy(), y, T * N)
    assert abs(loss - expected) < 1e-14
    assert correct == right
    np.testing.assert_allclose(dlogits, (p - np.eye(V)[y]) / (T * N), atol=1e-15)


def test_huge_logits_give_a_finite_loss():
    logits = np.array([[[1e4, 0, -1e4]]], np.float32)
    loss, _, dlogits = softmax_cross_entropy(logits, np.array([[1]]), 1)
    assert loss == 1e4
    np.testing.assert_array_equal(dlogits, [[[1, -1, 0]]])


def test_parameters_are_views_of_one_vector(rng):
    model = LanguageModel(V, "gru", 2, H, E, rng=rng)
    for flat, what in ((model.params, "params"), (model.grads, "grads")):
        arrays = [v for part in model.parts.values() for v in getattr(part, what).values()]
        assert sum(v.size for v in arrays) == flat.size
        assert all(np.shares_memory(v, flat) for v in arrays)
        flat[:] = np.arange(flat.size)
        np.testing.assert_array_equal(np.concatenate([v.ravel() for v in arrays]), flat)


def test_a_replica_shares_weights_and_owns_gradients(rng):
    model = LanguageModel(V, "lstm", 2, H, rng=rng)
    twin = model.replica()
    assert np.shares_memory(model.params, twin.params)
    assert not np.shares_memory(model.grads, twin.grads)
    assert model.weights().keys() == twin.weights().keys()
    model.params += 1
    np.testing.assert_array_equal(model.weights()["output.W"], twin.weights()["output.W"])


def test_dropout_keeps_the_mean_and_is_off_without_a_generator(rng):
    model = LanguageModel(V, "rnn", 1, 500, dropout=0.25, rng=rng)
    dropout = model.dropouts[0]
    h = np.ones((T, N, 500), np.float32)
    dropped = dropout.forward(h, rng)
    assert abs(dropped.mean() - 1) < 0.03
    assert abs((dropped == 0).mean() - 0.25) < 0.03
    assert dropout.forward(h, None) is h
    assert dropout.backward(h) is h
