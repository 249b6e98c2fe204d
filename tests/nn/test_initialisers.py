"""The initial weights that recipes ask for."""

import numpy as np
import pytest

from cells import CELLS
from minrnn.nn.build import build
from minrnn.nn.initialisers import NoDraws, frequency_bias, initialise, parse
from minrnn.nn.language_model import LanguageModel
from minrnn.options.resolve import resolve
from minrnn.training.new_model import new_model

ROWS, COLUMNS = 60, 180


def drawn(text, rng, shape=(ROWS, COLUMNS)):
    function, numbers = parse(text)
    return function(rng, shape, *numbers)


@pytest.mark.parametrize(
    "text, mean, std, bound",
    [
        ("uniform:0.08", 0, 0.08 / 3**0.5, 0.08),
        ("normal:0.01", 0, 0.01, np.inf),
        # A Gaussian cut off at 2 has a standard deviation of 0.8796.
        ("truncated:0.1", 0, 0.08796, 0.2),
        ("truncated:0.1:-0.1", -0.1, 0.08796, 0.3),
        ("glorot", 0, (2 / (ROWS + COLUMNS)) ** 0.5, (6 / (ROWS + COLUMNS)) ** 0.5),
    ],
)
def test_the_distribution_is_the_one_that_was_named(text, mean, std, bound, rng):
    w = drawn(text, rng)
    assert abs(w.mean() - mean) < 0.03 * std
    assert abs(w.std() / std - 1) < 0.02
    assert np.abs(w).max() <= bound
    if bound < np.inf:
        assert np.abs(w).max() > 0.98 * bound


@pytest.mark.parametrize("rows, columns", [(60, 60), (60, 7), (7, 60), (3000, 4)])
def test_orthogonal_matrices_keep_the_length_of_all_vectors_that_can(rows, columns, rng):
    w = drawn("orthogonal:1.1", rng, (rows, columns))
    gram = w.T @ w if rows >= columns else w @ w.T
    np.testing.assert_allclose(gram, 1.21 * np.eye(min(rows, columns)), atol=1e-12)


@pytest.mark.parametrize("embed", [4, 9])
@pytest.mark.parametrize("cell", CELLS)
def test_every_gate_has_an_orthogonal_block_of_its_own(cell, embed, rng):
    H = 6
    model = build(dict(V=5, cell=cell, layers=2, hidden=H, embed=embed), rng, np.float64)
    initialise(model, rng, "orthogonal")
    for stack in model.stacks.values():
        for layer in stack.layers:
            for name in layer.params.keys() & {"Wx", "Wh"}:
                blocks = layer.blocks(name)
                np.testing.assert_array_equal(np.hstack(blocks), layer.params[name])
                assert sum(block.shape[1] == H for block in blocks) >= len(blocks) - 1
                for block in blocks:
                    np.testing.assert_allclose(np.linalg.svd(block)[1], 1, atol=1e-12)


@pytest.mark.parametrize("text", ["", "uniform", "uniform:0", "uniform:-1", "uniform:a", "uniform:1:2", "glorot:1",
                                  "orthogonal:0", "truncated", "normal:nan", "normal:inf", "he:1"])  # fmt: skip
def test_what_is_no_initialiser_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


def constant(model):
    """The largest size of an element of each weight."""
    return {name: np.abs(w).max() for name, w in model.weights().items()}


def test_each_kind_of_matrix_takes_its_own(rng):
    model = LanguageModel(5, "gru", 2, 6, embed=7, cell_options={"gate_bias": 3.0}, rng=rng)
    initialise(model, rng, "uniform:0.1", "uniform:0.2", "uniform:0.3", "uniform:0.4")
    for name, size in constant(model).items():
        bound = {"embedding": 0.2, "output.W": 0.4, "output.b": 0}.get(name)
        if bound is None:
            bound = {"Wx": 0.1, "Wh": 0.3, "b": 3, "bh": 0}[name.split(".")[-1]]
        assert 0.8 * bound <= size <= bound, name


def test_a_tied_embedding_begins_as_an_output_matrix(rng):
    model = LanguageModel(5, "gru", 1, 6, embed=6, tie_weights=True, rng=rng)
    initialise(model, rng, "uniform:0.1", "uniform:0.2", "uniform:0.3", "uniform:0.4")
    assert 0.3 < constant(model)["embedding"] <= 0.4


def test_the_others_follow_init_and_none_leaves_all_as_they_are(rng):
    model = LanguageModel(5, "lstm", 1, 6, embed=7, rng=rng)
    before = model.params.copy()
    initialise(model, rng)
    np.testing.assert_array_equal(model.params, before)
    initialise(model, rng, "normal:100")
    assert all(size > 50 for name, size in constant(model).items() if not name.endswith("b"))


def test_a_bias_of_frequencies_predicts_them():
    counts = np.array([7, 0, 2])
    np.testing.assert_allclose(np.exp(frequency_bias(counts)), [8 / 12, 1 / 12, 3 / 12])
    model = new_model(counts, resolve({"hidden": 4}))
    np.testing.assert_allclose(model.weights()["output.b"], frequency_bias(counts), rtol=1e-6)


def test_a_recipe_starts_as_it_says():
    options = resolve({"preset": "udacity-lstm64"})
    model = new_model(np.arange(27), options)
    weights = model.weights()
    for name in ("layers.0.Wx", "layers.0.Wh", "output.W"):
        assert abs(weights[name].mean() + 0.1) < 0.01 and -0.3 <= weights[name].min() < weights[name].max() <= 0.1
    assert not weights["layers.0.b"].any() and not weights["output.b"].any()


def test_numbers_of_no_draws_are_not_zero_and_have_the_shape_that_was_asked_for():
    rng = NoDraws()
    for drawn in (rng.uniform(-2.0, 2.0, (3, 4)), rng.standard_normal((3, 4))):
        assert drawn.shape == (3, 4) and drawn.dtype == np.float32 and drawn.all()
        drawn *= 2  # A cell may change what it has drawn.
    assert rng.uniform().shape == rng.standard_normal().shape == ()
    assert 0 <= rng.random() < 1  # What it does not replace still draws.
