"""Every gradient of the whole language model, element by element, against the complex step."""

import numpy as np
import pytest

from cells import CELLS, Bidirectional
from minrnn.gradcheck.check_model import check_built
from minrnn.nn.build import build
from minrnn.nn.config import has_recurrent_matrix
from minrnn.nn.language_model import LanguageModel
from minrnn.nn.output import softmax_cross_entropy, softmax_cross_entropy_rows

T, N, V, E, H = 3, 4, 5, 7, 6
# A mogrifier of rank 32 has six times as many numbers to check; tests/cells has one.
KINDS = [(name, {"rank": 3} if name == "mogrifier" else {}) for name in CELLS]
KINDS += [("gru", {"reset": "before"}), ("lstm", {"gates": "hard"}), ("lstm", {"tie_gates": True})]
KINDS += [("bilstm", {"tie_gates": True}), ("mogrifier", {"rounds": 3, "rank": 2})]
SHAPES = {
    "onehot": {},
    "embedding": {"embed": E},
    "dropout": {"dropout": 0.4},
    "dropout-inputs": {"dropout": 0.4, "dropout_at": "inputs"},
    "embedding-dropout-inputs-locked": {
        "embed": E, "dropout": 0.4, "dropout_at": "inputs", "dropout_mask": "sequence"
    },
    "tied-dropout": {"tie_weights": True, "dropout": 0.4},
    "weight-drop": {"weight_drop": 0.4},
    "input-rate": {"input_dropout": 0.4},
    "embedding-rows": {"embed": E, "embedding_dropout": 0.4},
    "skip": {"skip": True},
    "penalties": {"activation_reg": 2.0, "temporal_reg": 3.0},
    "projection": {"tie_weights": True, "embed": E, "projection": E},
    "dropout-and-all": {
        "dropout": 0.3, "dropout_mask": "sequence", "weight_drop": 0.4, "input_dropout": 0.2, "embedding_dropout": 0.3,
        "activation_reg": 2.0, "temporal_reg": 3.0, "skip": True, "tie_weights": True, "embed": E, "projection": E,
    },
}  # fmt: skip


# A layer between two others differs from them only in what stands between layers, which these shapes have all of.
OF_THREE = ("onehot", "dropout-and-all")
QUICK = [(layers, shape) for layers in (1, 2, 3) for shape in SHAPES if layers < 3 or shape in OF_THREE]
LONG = [(3, shape) for shape in SHAPES if shape not in OF_THREE]


@pytest.mark.parametrize("layers, shape", [*QUICK, *(pytest.param(*case, marks=pytest.mark.slow) for case in LONG)])
@pytest.mark.parametrize("name, options", KINDS, ids=["-".join([n, *map(str, o.values())]) for n, o in KINDS])
def test_every_gradient_equals_the_complex_step(name, options, layers, shape, rng):
    width = H * (2 if issubclass(CELLS[name], Bidirectional) else 1)
    config = dict(V=V, cell=name, layers=layers, hidden=H, cell_options=options, **SHAPES[shape])
    if shape == "tied-dropout":
        config["embed"] = width
    if config.get("weight_drop") and not has_recurrent_matrix(name):
        pytest.skip("it has no Wh")
    model = build(config, rng, np.float64)
    check = check_built(model, T, N)

    # The masks are those of the last forward pass.
    assert (model.dropout.mask is not None) == ("dropout" in config)
    for stack in model.stacks.values():
        at_input = "input_dropout" in config or config.get("dropout_at") == "inputs"
        assert (stack.dropouts[0].mask is not None) == at_input
        assert all((each.mask is not None) == ("weight_drop" in config) for each in stack.weight_drops)
    assert model.embedding is None or (model.embedding.mask is not None) == ("embedding_dropout" in config)
    assert (model.penalty.value(1) > 0) == ("temporal_reg" in config)

    assert check.method == "complex step"
    assert check.forward < 1e-12
    assert check.errors["parameters"].keys() == model.weights().keys()
    assert list(check.errors["inputs"]) == (["x"] if config.get("embed") else [])
    assert len(check.errors["states"]) == layers * len(getattr(CELLS[name], "kind", CELLS[name]).states)
    for errors in check.errors.values():
        for key, error in errors.items():
            assert error < 1e-11, key


BIDIRECTIONAL = [name for name, cell in CELLS.items() if issubclass(cell, Bidirectional)]


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("embed", [0, E])
@pytest.mark.parametrize("name", BIDIRECTIONAL)
def test_no_cloze_prediction_depends_on_its_own_symbol(name, embed, layers, rng):
    """Bidirectional models are honest: the derivative of output t by input t is exactly zero, all others are not."""
    model = build(dict(V=V, cell=name, layers=layers, hidden=H, embed=embed), rng, np.float64)
    x = rng.permutation(V)[:, np.newaxis]
    for t in range(V):
        # The gradient of all the outputs at t, by the input vector at each time.
        model.grads[:] = 0
        logits, _ = model.forward(x)
        dlogits = np.zeros_like(logits)
        dlogits[t] = rng.standard_normal(logits[t].shape)
        model.backward(dlogits)
        # Every symbol stands in x once, so that its row of the input matrices holds the gradient of its time.
        inputs = [model.embedding.grads["embedding"]] if embed else [
            stack.layers[0].grads["Wx"] for stack in model.stacks.values()
        ]  # fmt: skip
        by_time = np.sum([np.abs(rows).sum(axis=1) for rows in inputs], axis=0)[x[:, 0]]
        assert by_time[t] == 0
        assert (np.delete(by_time, t) > 0).all()
        # And no change of symbol t changes the prediction at t by a single bit.
        changed = x.copy()
        changed[t] = (x[t] + 1) % V
        np.testing.assert_array_equal(model.forward(changed)[0][t], logits[t])
        assert (model.forward(changed)[0] != logits).any()


def test_softmax_cross_entropy_is_mean_negative_log_probability(rng):
    logits, y = rng.standard_normal((T, N, V)), rng.integers(0, V, (T, N))
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    expected = -np.log(np.take_along_axis(p, y[..., None], 2)).mean()
    right = (logits.argmax(axis=2) == y).sum()
    loss, correct, dlogits = softmax_cross_entropy(logits.copy(), y, T * N)
    assert abs(loss - expected) < 1e-14
    assert correct == right
    np.testing.assert_allclose(dlogits, (p - np.eye(V)[y]) / (T * N), atol=1e-15)


@pytest.mark.parametrize("name", ["lstm", "bilstm"])
def test_the_loss_is_that_of_the_targets_and_its_gradient_adds_up(name, rng):
    model = build(dict(V=V, cell=name, hidden=H, dropout=0.4), rng, np.float64)
    x, y = rng.integers(0, V, (2, T, N))
    state = model.forward(rng.integers(0, V, (T, N)))[1]

    def drops():
        return np.random.default_rng(5)

    logits, last = model.forward(x, state, drops())
    loss, correct, dlogits = softmax_cross_entropy(logits, y if name == "lstm" else x, 7)
    model.grads[:] = 0
    model.backward(dlogits)
    once = model.grads.copy()
    for method in (model.loss, model.loss_and_gradient):
        got = method(x, y, state, drops(), 7)
        assert got[:2] == (loss, correct)
        np.testing.assert_array_equal(got[2][0], last[0])
    np.testing.assert_allclose(model.grads, 2 * once, rtol=1e-12)
    assert model.loss(x, y, state)[0] != model.loss(x, y, state, drops())[0]


def test_huge_logits_give_a_finite_loss():
    logits = np.array([[[1e4, 0, -1e4]]], np.float32)
    loss, _, dlogits = softmax_cross_entropy(logits, np.array([[1]]), 1)
    assert loss == 1e4
    np.testing.assert_allclose(dlogits, [[[1, -1, 0]]], atol=1e-37)


@pytest.mark.parametrize("name", ["gru", "bilstm"])
def test_parameters_are_views_of_one_vector(name, rng):
    model = build(dict(V=V, cell=name, layers=2, hidden=H, embed=E), rng)
    for flat, what in ((model.params, "params"), (model.grads, "grads")):
        arrays = [v for part in model.parts.values() for v in getattr(part, what).values()]
        assert sum(v.size for v in arrays) == flat.size
        assert all(np.shares_memory(v, flat) for v in arrays)
        flat[:] = np.arange(flat.size)
        np.testing.assert_array_equal(np.concatenate([v.ravel() for v in arrays]), flat)


@pytest.mark.parametrize("name", ["lstm", "bigru"])
def test_a_replica_shares_weights_and_owns_gradients(name, rng):
    model = build(dict(V=V, cell=name, layers=2, hidden=H), rng)
    twin = model.replica()
    assert np.shares_memory(model.params, twin.params)
    assert not np.shares_memory(model.grads, twin.grads)
    assert model.weights().keys() == twin.weights().keys()
    model.params += 1
    np.testing.assert_array_equal(model.weights()["output.W"], twin.weights()["output.W"])


@pytest.mark.parametrize("options", [dict(embed=E), dict(embed=E, tie_weights=True, projection=E)], ids=str)
def test_a_replica_draws_no_weights(options, rng, monkeypatch):
    model = build(dict(V=V, cell="lstm", layers=2, hidden=H) | options, rng)
    before = model.params.copy()
    monkeypatch.setattr(np.random, "default_rng", None)
    twin = model.replica()
    np.testing.assert_array_equal(model.params, before)
    np.testing.assert_array_equal(twin.params, before)
    assert not twin.grads.any()


def test_dropout_keeps_the_mean_and_is_off_without_a_generator(rng):
    model = LanguageModel(V, "rnn", 1, 500, dropout=0.25, rng=rng)
    dropout = model.dropout
    h = np.ones((T, N, 500), np.float32)
    dropped = dropout.forward(h, rng)
    assert abs(dropped.mean() - 1) < 0.03
    assert abs((dropped == 0).mean() - 0.25) < 0.03
    assert dropout.forward(h, None) is h
    assert dropout.backward(h) is h


def test_a_locked_mask_is_the_same_at_every_step(rng):
    for mask, different in (("step", True), ("sequence", False)):
        model = LanguageModel(V, "rnn", 1, 500, dropout=0.5, dropout_mask=mask, rng=rng)
        dropped = model.dropout.forward(np.ones((T, N, 500), np.float32), rng) == 0
        assert (dropped[0] != dropped[1]).any() == different
        assert (dropped[:, 0] != dropped[:, 1]).any()


def test_tied_weights_are_one_matrix(rng):
    model = LanguageModel(V, "gru", 1, H, embed=H, tie_weights=True, rng=rng)
    assert "output.W" not in model.weights()
    model.embedding.params["embedding"][:] = 0
    np.testing.assert_array_equal(model.output.forward(rng.standard_normal((T, N, H)))[0, 0], np.zeros(V))


def test_symbols_that_are_not_there_are_refused_as_targets(rng):
    for wrong in (-1, V):
        with pytest.raises(ValueError, match=f"expected 0 to {V - 1}"):
            softmax_cross_entropy(rng.standard_normal((1, 1, V)), np.array([[wrong]]), 1)


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-6), (np.float64, 1e-14)])
def test_compiled_softmax_cross_entropy_equals_its_source(dtype, tolerance, rng):
    z, y = rng.standard_normal((N, V)).astype(dtype), rng.integers(0, V, N)
    compiled, plain = z.copy(), z.copy()
    outcome = softmax_cross_entropy_rows(compiled, y, dtype(0.5))
    assert outcome == pytest.approx(softmax_cross_entropy_rows.py_func(plain, y, dtype(0.5)), rel=tolerance)
    np.testing.assert_allclose(compiled, plain, atol=tolerance)
