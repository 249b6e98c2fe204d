"""The initial weights that recipes ask for."""

import numpy as np
import pytest

from minrnn.build import new_model
from minrnn.initial import initialise, parse
from minrnn.model import LanguageModel
from minrnn.resolve import resolve

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


def test_orthogonal_makes_every_gate_an_orthogonal_block(rng):
    w = drawn("orthogonal:1.1", rng)
    blocks = np.split(w, 3, axis=1)
    for block in blocks:
        np.testing.assert_allclose(block.T @ block, 1.21 * np.eye(ROWS), atol=1e-12)
    assert np.abs(blocks[0] - blocks[1]).max() > 0.1
    narrow = drawn("orthogonal", rng, (ROWS, 7))
    np.testing.assert_allclose(narrow.T @ narrow, np.eye(7), atol=1e-12)


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


def test_the_others_follow_init_and_none_leaves_all_as_they_are(rng):
    model = LanguageModel(5, "lstm", 1, 6, embed=7, rng=rng)
    before = model.params.copy()
    initialise(model, rng)
    np.testing.assert_array_equal(model.params, before)
    initialise(model, rng, "normal:100")
    assert all(size > 50 for name, size in constant(model).items() if not name.endswith("b"))


def test_a_recipe_starts_as_it_says():
    options = resolve({"preset": "udacity-lstm64"})
    model = new_model(27, options)
    weights = model.weights()
    for name in ("layers.0.Wx", "layers.0.Wh", "output.W"):
        assert abs(weights[name].mean() + 0.1) < 0.01 and -0.3 <= weights[name].min() < weights[name].max() <= 0.1
    assert not weights["layers.0.b"].any() and not weights["output.b"].any()
