"""The names and layouts of torch.nn: there and back, which names are found, and what is refused."""

import itertools

import numpy as np
import pytest
from conftest import ROOT

from cells import CELLS
from minrnn.exchange import npz, safetensors
from minrnn.exchange.from_torch import from_torch
from minrnn.exchange.to_torch import CELLS as TORCH
from minrnn.exchange.to_torch import state_dict
from minrnn.nn.build import build
from minrnn.system.errors import OptionError

V, D, H = 9, 4, 5
INPUTS = {
    "one-hot": {},
    "embedding": {"embed": D},
    "tied": {"embed": H, "tie_weights": True},
    "projected": {"embed": D, "tie_weights": True, "projection": D},
}


def drawn_model(rng, **config):
    """No weight has a special value but one -0 in every bias."""
    model = build({"V": V, "hidden": H, "cell": "lstm", **config}, rng)
    model.params[:] = rng.standard_normal(model.params.shape)
    for w in model.weights().values():
        if w.ndim == 1:
            w[0] = -0.0
    return model


@pytest.fixture
def state(rng):
    """The state dict of an LSTM with an embedding and two layers."""
    model = drawn_model(rng, embed=D, layers=2)
    return state_dict(model.config, model.weights())


@pytest.mark.parametrize("file", [npz, safetensors])
@pytest.mark.parametrize("inputs", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("cell, layers", list(itertools.product(TORCH, (1, 3))))
def test_every_weight_comes_back_to_the_byte(cell, layers, inputs, file, rng):
    model = drawn_model(rng, cell=cell, layers=layers, **inputs)
    state = state_dict(model.config, model.weights())
    if file is npz:
        state = npz.decoded(npz.encoded(state))
    else:
        state, _ = safetensors.decoded(safetensors.encoded(state, {}))
    config, weights = from_torch(state)
    assert config.items() <= model.config.items()
    for name, w in model.weights().items():
        assert weights.pop(name).tobytes() == w.tobytes(), name
    assert not weights


def test_an_lstm_with_tied_gates_comes_back_with_four(rng):
    model = drawn_model(rng, cell_options={"tie_gates": True}, layers=2)
    config, weights = from_torch(state_dict(model.config, model.weights()))
    four = build(config)
    for name, w in four.weights().items():
        w[:] = weights[name]
    x = rng.integers(0, V, (7, 2))
    np.testing.assert_allclose(four.forward(x)[0], model.forward(x)[0], rtol=1e-5, atol=1e-6)


STRANGE = {cell: {"cell": cell} for cell in CELLS if cell not in TORCH} | {
    "--gru-reset before": {"cell": "gru", "cell_options": {"reset": "before"}},
    "--gates hard": {"cell_options": {"gates": "hard"}},
    "--skip": {"skip": True},
}


@pytest.mark.parametrize("what", STRANGE)
def test_what_torch_cannot_compute_is_refused_by_name(what, rng):
    model = drawn_model(rng, **STRANGE[what])
    with pytest.raises(OptionError, match=f"torch.nn has nothing that computes (cell )?{what}; export to .safetensors"):
        state_dict(model.config, model.weights())


def test_the_page_names_what_is_refused():
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert all(f"`{what}`" in page for what in STRANGE if what.startswith("--"))


def renamed(state, **names):
    return {".".join([names.get(name.split(".")[0], name.split(".")[0]), *name.split(".")[1:]]): v
            for name, v in state.items()}  # fmt: skip


@pytest.mark.parametrize("names", [
    {"encoder": "net.embedding", "rnn": "net.lstm", "decoder": "net.fc"},
    {"encoder": "module.wte", "rnn": "module.lstm", "decoder": "module.head.0"},
    {"encoder": "decoder.embed", "rnn": "decoder.rnn", "decoder": "decoder.x"},
    {"encoder": "0", "rnn": "1", "decoder": "2"},
])  # fmt: skip
def test_modules_may_have_other_names(names, state):
    config, weights = from_torch(state)
    other_config, other_weights = from_torch(renamed(state, **names))
    assert other_config == config
    assert all(other_weights[name].tobytes() == w.tobytes() for name, w in weights.items())


def test_a_recurrent_module_at_the_root_has_no_prefix(state):
    bare = {name.removeprefix("rnn."): v for name, v in state.items()}
    assert from_torch(bare)[0] == from_torch(state)[0]


def test_of_a_matrix_that_two_modules_share_one_is_enough(rng):
    model = drawn_model(rng, embed=H, tie_weights=True)
    state = state_dict(model.config, model.weights())
    for lost in ("encoder.weight", "decoder.weight"):
        config, weights = from_torch({name: v for name, v in state.items() if name != lost})
        assert config["tie_weights"] and weights["embedding"].tobytes() == model.weights()["embedding"].tobytes()


def test_two_biases_are_added_but_those_of_the_last_gate_of_a_gru(rng):
    model = drawn_model(rng, cell="gru")
    state = state_dict(model.config, model.weights())
    state["rnn.bias_hh_l0"] = rng.standard_normal(3 * H).astype(np.float32)
    b = from_torch(state)[1]["layers.0.b"]
    sums = state["rnn.bias_ih_l0"] + state["rnn.bias_hh_l0"]
    assert np.array_equal(b[: 2 * H], sums[: 2 * H]) and np.array_equal(b[2 * H :], state["rnn.bias_ih_l0"][2 * H :])


def without(*names):
    return lambda state: {name: v for name, v in state.items() if name not in names}


def having(name, *shape):
    return lambda state: state | {name: np.ones(shape, np.float32)}


REFUSED = {
    "nothing": (lambda state: {}, "no nn.RNN, nn.GRU or nn.LSTM; expected names such as rnn.weight_ih_l0"),
    "no recurrent module": (lambda state: {"decoder.weight": state["decoder.weight"]}, "no nn.RNN"),
    "no matrix": (without("rnn.weight_hh_l1"), "rnn.weight_ih_l1 has no place"),
    "no input matrix": (without("rnn.weight_ih_l0"), "rnn.weight_ih_l0 is missing"),
    "a lost layer": (without("rnn.weight_hh_l0", "rnn.weight_ih_l0"), "rnn.weight_ih_l0 is missing"),
    "one bias": (without("rnn.bias_hh_l1"), "rnn.bias_hh_l1 is missing"),
    "no output": (without("decoder.weight", "decoder.bias", "encoder.weight"), "matrix of the output is missing"),
    "no embedding": (without("encoder.weight"), f"no embedding, and the layers read {D} inputs; expected {V}"),
    "a layer more": (having("rnn.weight_ih_l7", 4 * H, H), "rnn.weight_ih_l7 has no place"),
    "a norm more": (having("norm.weight", H), "norm.weight is not of nn.Embedding"),
    "a number more": (having("steps", 1), "steps is not of nn.Embedding"),
    "two outputs": (having("out.weight", V, H), "decoder.weight and out.weight both look like the output"),
    "two embeddings": (having("positions.weight", 100, D), "both look like the embedding; expected one"),
    "two modules": (having("rnn2.weight_ih_l0", 4 * H, H), "several recurrent modules, 'rnn.' and 'rnn2.'"),
    "a projection": (having("projection.weight", D, H), "decoder.weight has shape (9, 5); expected (9, 4)"),
    "bidirectional": (having("rnn.weight_ih_l0_reverse", 4 * H, D), "bidirectional"),
    "proj_size": (having("rnn.weight_hr_l0", 2, H), "proj_size"),
    "no axes": (having("rnn.weight_hh_l0"), "rnn.weight_hh_l0 has shape (); expected a matrix"),
    "one axis": (having("rnn.weight_ih_l0", 4), "rnn.weight_ih_l0 has shape (4,); expected a matrix"),
    "two gates": (
        having("rnn.weight_hh_l0", 2 * H, H),
        "rnn.weight_hh_l0 has shape (10, 5); expected 5, 15 or 20 rows",
    ),
    "another width": (having("rnn.weight_hh_l1", 4 * H, H + 1), "rnn.weight_hh_l1 has shape (20, 6); expected (20, 5)"),
    "another input": (having("rnn.weight_ih_l1", 4 * H, D), "rnn.weight_ih_l1 has shape (20, 4); expected (20, 5)"),
    "another bias": (having("rnn.bias_ih_l1", H), "rnn.bias_ih_l1 has shape (5,); expected (20,)"),
    "another V": (having("encoder.weight", V + 1, D), "encoder.weight has shape (10, 4); expected (9, 4)"),
    "another output": (having("decoder.weight", V, H + 1), "decoder.weight has shape (9, 6); expected (9, 5)"),
    "another output bias": (having("decoder.bias", V + 1), "decoder.bias has shape (10,); expected (9,)"),
}


@pytest.mark.parametrize("change, words", REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_named(change, words, state):
    with pytest.raises(ValueError) as error:
        from_torch(change(state))
    assert words in str(error.value)
