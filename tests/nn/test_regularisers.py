"""What regularisers drop and add, and that nobody sees it outside a training pass.

Their gradients are in test_gradients.py.
"""

import numpy as np
import pytest

from cells import CELLS
from cells.rnn import RNN
from minrnn.gradcheck.reference import derivative
from minrnn.nn.build import build
from minrnn.nn.config import Regularisers
from minrnn.nn.l2 import add_l2_gradient
from minrnn.nn.language_model import LanguageModel
from minrnn.nn.penalty import ActivationPenalty
from minrnn.options.resolve import resolve
from minrnn.parallel.shards import Shards
from minrnn.system.errors import OptionError
from minrnn.training.new_model import new_model

T, N, V, E, H = 4, 3, 7, 5, 6
EVERY = dict(
    dropout=0.3, weight_drop=0.4, input_dropout=0.2, embedding_dropout=0.3, activation_reg=2.0, temporal_reg=3.0
)
RATES = ["dropout", "weight_drop", "input_dropout", "embedding_dropout", "activation_reg", "temporal_reg"]


def made(cell="lstm", layers=2, seed=1, dtype=np.float64, **settings):
    return build(dict(V=V, cell=cell, layers=layers, hidden=H, embed=E, **settings), np.random.default_rng(seed), dtype)


def batch(seed=2):
    return np.random.default_rng(seed).integers(0, V, (2, T, N))


def drops(seed=3):
    return np.random.default_rng(seed)


def gradient(model, rng=None, total=T * N):
    model.grads[:] = 0
    loss = model.loss_and_gradient(*batch(), None, rng, total)[0]
    return loss, model.grads.copy()


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm", "lnlstm", "mixgru", "bigru"])
def test_without_a_generator_the_model_is_the_one_without_regularisers(cell):
    plain, model = made(cell), made(cell, **EVERY)
    np.testing.assert_array_equal(model.params, plain.params)
    loss, expected = gradient(plain)
    assert gradient(model, drops())[0] != loss
    for _ in range(2):
        got, grads = gradient(model)
        assert got == loss
        np.testing.assert_array_equal(grads, expected)
        model.loss(*batch(), None, drops())  # a pass that no backward pass follows


def test_a_model_knows_whether_it_is_regularised():
    assert not made(skip=True).regularisers.on and not made(dropout=0.0, dropout_mask="sequence").regularisers.on
    for name in RATES:
        assert made(**{name: 0.1}).regularisers.on, name


@pytest.mark.parametrize("settings", [{}, {"dropout_at": "inputs"}, {"input_dropout": 0.5}])
@pytest.mark.parametrize("cell", ["gru", "bilstm"])
def test_a_model_with_another_dropout_is_the_one_that_was_made_with_it(cell, settings):
    """All masks have the new rate but those with a rate of their own, and without dropout there are none."""
    model = made(cell, **settings)
    for p in (0.4, 0.0):
        model.set_dropout(p)
        expected = made(cell, dropout=p, **settings)
        np.testing.assert_array_equal(gradient(model, drops())[1], gradient(expected, drops())[1])
        assert (model.dropout.mask is not None) == (p > 0)
        assert model.regularisers == expected.regularisers


def test_everybody_sees_the_full_weights_also_when_a_pass_fails(monkeypatch):
    model = made(weight_drop=0.5)
    before = {name: w.copy() for name, w in model.weights().items()}
    model.forward(batch()[0], None, drops())

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(model.stacks["layers"].layers[1], "forward", fail)
    with pytest.raises(KeyboardInterrupt):
        model.forward(batch()[0], None, drops())
    for name, w in model.weights().items():
        np.testing.assert_array_equal(w, before[name])
        assert np.shares_memory(w, model.params)


@pytest.mark.parametrize("cell", [name for name in CELLS if not name.startswith("bi")])
def test_a_pass_with_weights_dropped_is_one_of_a_model_with_these_weights(cell):
    if "Wh" not in CELLS[cell].shapes(1, 1):
        pytest.skip("it has no Wh")
    model, other = made(cell, weight_drop=0.5), made(cell)
    loss, grads = gradient(model, drops())
    masks = [each.mask for each in model.stacks["layers"].weight_drops]
    for layer, mask in zip(other.stacks["layers"].layers, masks):
        assert set(np.unique(mask)) == {0, 2}
        layer.params["Wh"] *= mask
    expected, _ = gradient(other)
    for layer, mask in zip(other.stacks["layers"].layers, masks):
        layer.grads["Wh"] *= mask
    assert loss == expected
    np.testing.assert_allclose(grads, other.grads, rtol=1e-13, atol=1e-16)


def test_every_batch_and_every_shard_draws_its_own_mask():
    model = made(weight_drop=0.5, embedding_dropout=0.5)
    shards = Shards(model, 2, 1)
    found = []
    for step in range(2):
        rngs = [np.random.default_rng((step, k)) for k in range(2)]
        shards.gradient(*batch(), shards.zero_states(N), rngs)
        for replica in shards.replicas:
            parts = [*replica.stacks["layers"].weight_drops, replica.embedding]
            found += [part.mask.tobytes() for part in parts]
    assert len(set(found)) == len(found)


def test_the_share_that_is_dropped_is_the_rate_and_the_mean_stays():
    model = LanguageModel(V, "rnn", 1, 500, weight_drop=0.2, rng=drops())
    model.forward(batch()[0], None, drops())
    mask = model.stacks["layers"].weight_drops[0].mask
    assert abs((mask == 0).mean() - 0.2) < 0.01 and abs(mask.mean() - 1) < 0.01


@pytest.mark.parametrize("settings", [{"weight_drop": 0.5, "skip": True}, {"temporal_reg": 1.0, "dropout": 0.4}])
def test_memory_that_is_used_again_changes_nothing(settings):
    model, other = made(layers=3, **settings), made(layers=3, **settings)
    other.reuse_memory()
    for seed in (3, 4):
        np.testing.assert_array_equal(gradient(model, drops(seed))[1], gradient(other, drops(seed))[1])


def test_a_row_of_the_embedding_is_dropped_wherever_its_symbol_stands():
    model = made(embedding_dropout=0.5)
    x = np.repeat(np.arange(V), 2).reshape(2, V)
    v = model.vectors(x, drops())
    E_rows = model.weights()["embedding"]
    read_as = [{tuple(row) for row in v[x == k]} for k in range(V)]
    assert all(len(rows) == 1 for rows in read_as)
    zero = [not np.any(list(rows)) for rows in read_as]
    assert 0 < sum(zero) < V
    for k in np.flatnonzero(~np.array(zero)):
        np.testing.assert_allclose(v[x == k][0], 2 * E_rows[k])


def test_of_a_tied_embedding_only_the_input_side_is_dropped():
    model = build(dict(V=V, cell="rnn", hidden=E, embed=E, tie_weights=True, embedding_dropout=0.5), drops())
    x = np.arange(V)[np.newaxis]
    logits, _ = model.forward(x, None, drops())
    dropped = model.embedding.mask[x[0], 0] == 0
    # What a dropped symbol reads is zero, so that h is; what another one predicts is not, for no symbol.
    assert 0 < dropped.sum() < V and not logits[0, dropped].any() and logits[0, ~dropped].all()


def test_an_input_rate_drops_symbols_of_one_hot_input():
    model = LanguageModel(V, "rnn", 1, H, input_dropout=0.5, dtype=np.float64, rng=drops())
    x = batch()[0]
    h = model.stacks["layers"].forward(x, None, drops())[0]
    mask = model.stacks["layers"].dropouts[0].mask
    kept = np.take_along_axis(mask, x[..., np.newaxis], 2)[..., 0]
    assert set(np.unique(kept)) == {0, 2}
    p = model.stacks["layers"].layers[0].params
    np.testing.assert_allclose(h[0], np.tanh(kept[0][:, np.newaxis] * p["Wx"][x[0]] + p["b"]))


@pytest.mark.parametrize("mask, masks", [("step", T), ("sequence", 1)])
def test_an_input_rate_follows_the_kind_of_mask(mask, masks):
    model = made(input_dropout=0.5, dropout_mask=mask)
    model.forward(batch()[0], None, drops())
    assert model.stacks["layers"].dropouts[0].mask.shape == (masks, N, E)
    assert model.stacks["layers"].dropouts[1].mask is None


def test_with_skip_the_output_reads_the_sum_of_all_layers():
    model = made(layers=3, skip=True)
    logits, _ = model.forward(batch()[0])
    h = sum(layer.activations()["h"] for layer in model.stacks["layers"].layers)
    w = model.weights()
    np.testing.assert_allclose(logits, h @ w["output.W"] + w["output.b"], rtol=1e-12)
    # Of one layer, the sum is its output.
    np.testing.assert_array_equal(
        made(layers=1, skip=True).forward(batch()[0])[0], made(layers=1).forward(batch()[0])[0]
    )


TIED = {"tie_weights": True, "projection": E}


@pytest.mark.parametrize("settings", [{"skip": True}, TIED, {"skip": True, **TIED}], ids=str)
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_one_step_at_a_time_equals_the_whole_sequence(cell, settings):
    model, x = made(cell, layers=3, **settings), batch()[0]
    expected, _ = model.forward(x)
    here = np.zeros((1, N), int)
    logits, step = model.stepper(here, model.zero_state(N))
    for t in range(T):
        here[0] = x[t]
        step()
        np.testing.assert_allclose(logits, expected[t], atol=1e-13)


@pytest.mark.parametrize("cell", ["birnn", "bilstm"])
def test_a_cloze_model_with_skip_carries_the_sum_of_its_left_context(cell):
    model = made(cell, skip=True, **TIED)
    x = batch()[0]
    whole, _ = model.forward(x)
    _, state = model.forward(x[:2])
    second, _ = model.forward(x[2:], state)
    np.testing.assert_allclose(second, whole[2:], atol=1e-13)
    here = np.zeros((1, N), int)
    left, step = model.left_stepper(here, model.zero_state(N))
    for t in range(T):
        here[0] = x[t]
        step()
        np.testing.assert_allclose(left, model.left(x[: t + 1], model.zero_state(N))[0], atol=1e-13)
    # What fills a blank is what training sees.
    contexts = model.left(x[:1], model.zero_state(N))[0], model.right(x)[1]
    np.testing.assert_allclose(model.between(*contexts), whole[1], atol=1e-13)


def test_penalties_are_the_mean_squares_of_the_papers():
    rng = drops()
    h, v = rng.standard_normal((2, T, N, H))
    penalty = ActivationPenalty(2.0, 3.0)
    penalty.forward(h, v, rng)
    expected = 2 * (v**2).mean() + 3 * ((h[1:] - h[:-1]) ** 2).mean()
    assert abs(penalty.value(T * N) - expected) < 1e-13
    penalty.forward(h[:1], v[:1], rng)
    assert abs(penalty.value(N) - 2 * (v[:1] ** 2).mean()) < 1e-13
    dh = np.zeros_like(h[:1])
    penalty.add_temporal(dh, N)
    assert not dh.any()


def test_the_loss_that_is_returned_is_without_the_penalties():
    plain, model = made(), made(activation_reg=2.0, temporal_reg=3.0)
    (loss, grads), (expected, others) = gradient(model, drops()), gradient(plain, drops())
    assert loss == expected and not np.allclose(grads, others)
    assert model.penalty.value(T * N) > 0


def test_penalties_of_shards_add_up_to_those_of_the_batch():
    grads = []
    for count in (1, 2, 3):
        model = made(activation_reg=2.0, temporal_reg=3.0, skip=True)
        shards = Shards(model, count, 1)
        shards.gradient(*batch(), shards.zero_states(N), [drops()] * count)
        grads.append(model.grads.copy())
    np.testing.assert_allclose(grads[1:], [grads[0]] * 2, atol=1e-14)


def test_a_projection_has_its_place_before_the_output_and_begins_with_the_bound_of_its_inputs():
    model = made(layers=1, **TIED)
    assert list(model.weights())[-2:] == ["projection.P", "output.b"]
    P = model.weights()["projection.P"]
    assert P.shape == (H, E) and 0.8 / H**0.5 < np.abs(P).max() <= 1 / H**0.5
    assert made("bigru", **TIED).weights()["projection.P"].shape == (2 * H, E)


def test_a_shard_without_rows_is_no_error():
    """In validation, a short text may have fewer rows than there are shards."""
    model = made(**EVERY, skip=True, **TIED)
    loss, correct, _ = model.loss(np.zeros((T, 0), int), np.zeros((T, 0), int), None, drops())
    assert loss == correct == 0


def test_a_cell_without_a_recurrent_matrix_is_refused_in_one_line(monkeypatch):
    class Feedforward(RNN):
        @staticmethod
        def shapes(D, H):
            return {"Wx": (D, H), "b": (H,)}

    monkeypatch.setitem(CELLS, "feedforward", Feedforward)
    with pytest.raises(OptionError, match="--weight-drop drops elements of Wh, a matrix that cell feedforward lacks"):
        resolve({"cell": "feedforward", "weight_drop": 0.5})
    with pytest.raises(ValueError, match="lacks; leave it out"):
        LanguageModel(V, "feedforward", weight_drop=0.5)


def test_a_cell_that_does_not_tell_its_shapes_is_refused_when_it_runs():
    class Renamed(RNN):
        def __init__(self, D, H, dtype, rng):
            super().__init__(D, H, dtype, rng)
            self.params["U"] = self.params.pop("Wh")

    model = made("rnn", weight_drop=0.5)
    model.stacks["layers"].layers[0] = Renamed(E, H, np.float64, drops())
    with pytest.raises(ValueError, match="Renamed has no recurrent matrix Wh for weight_drop"):
        model.forward(batch()[0], None, drops())


def test_a_regulariser_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="zoneout"):
        made(zoneout=0.5)


def test_options_reach_the_model():
    given = {**EVERY, "skip": True, "tie_weights": True, "projection": E, "embed": E}
    config = new_model(np.ones(V), resolve({**given, "hidden": H})).config
    assert {name: config[name] for name in given} == given
    assert given.keys() >= set(RATES) == {name for name in Regularisers._fields if "dropout_" not in name}


@pytest.mark.parametrize("cell, tied", [("lnlstm", True), ("gru", False)])
def test_l2_adds_the_derivative_of_half_the_sum_of_squares_of_the_matrices(cell, tied, rng):
    strength = 0.3
    config = dict(V=V, cell=cell, layers=2, hidden=H, embed=H if tied else E, tie_weights=tied)
    model = build(config, np.random.default_rng(1), np.float64)
    model.grads[:] = start = rng.standard_normal(model.grads.shape)
    add_l2_gradient(model, strength)
    added = {prefix + name: g for prefix, part in model.parts.items() for name, g in part.grads.items()}
    model.grads -= start

    def half_the_squares(w):
        return strength / 2 * (w**2).sum(axis=(-2, -1))

    for name, w in model.weights().items():
        expected = derivative(half_the_squares, w) if w.ndim == 2 else 0 * w
        np.testing.assert_allclose(added[name], expected, rtol=1e-12, atol=1e-14, err_msg=name)
