"""The checks behind gradcheck: training runs what they prove, no way of comparing calls right what is wrong."""

import numpy as np
import pytest
from three_states import ThreeStates

from cells import CELLS
from minrnn.gradcheck import check_cell as cell_check
from minrnn.gradcheck import check_model as model_check
from minrnn.gradcheck import reference_model
from minrnn.gradcheck.analytic import Reference
from minrnn.gradcheck.check import Check
from minrnn.gradcheck.check_cell import check_cell
from minrnn.gradcheck.check_model import check_model
from minrnn.gradcheck.differences import differences
from minrnn.nn.build import build
from minrnn.nn.language_model import LanguageModel
from minrnn.nn.output import softmax_cross_entropy


def test_right_gradients_are_right_where_a_cell_writes_into_what_it_is_given(monkeypatch):
    class Writer(CELLS["lstm"]):
        def forward(self, x, state=None):
            h, last = super().forward(x, state)
            for given, part in zip(state, last):
                given[:] = part
            return h, last

        def backward(self, dh, dstate=None):
            dx, dfirst = super().backward(dh, dstate)
            for given, part in zip(dstate, dfirst):
                given[:] = part
            return dx, dfirst

    monkeypatch.setitem(CELLS, "lstm", Writer)
    assert not check_cell("lstm").wrong


def test_a_one_hot_vector_is_made_alone():
    (v,) = reference_model.inputs({}, np.array([[3, 999_999]]), 10**6, None)
    assert [row.tolist() for row in np.nonzero(v)] == [[0, 1], [3, 999_999]] and v.sum() == 2


# What training runs is what is proved.


def objective(scale_gradient=1.0, add_loss=0.0):
    """A wrong loss_and_gradient for models."""

    def loss_and_gradient(self, x, y, state, rng, total):
        logits, last = self.forward(x, state, rng)
        loss, correct, dlogits = softmax_cross_entropy(logits, self.targets(x, y), total)
        self.backward(scale_gradient * dlogits)
        return loss + add_loss, correct, last

    return loss_and_gradient


@pytest.mark.parametrize("name", ["gru", "bigru", "three"])
def test_the_loss_and_the_gradient_of_training_are_the_ones_that_are_compared(name, monkeypatch):
    if name == "three":
        monkeypatch.setitem(CELLS, name, ThreeStates)
    config = dict(V=4, cell=name, hidden=3, embed=2, dropout=0.3)
    label = "loss" if name == "three" else "forward (loss)"
    assert check_model(config).wrong == []
    monkeypatch.setattr(LanguageModel, "loss_and_gradient", objective(add_loss=1e-3))
    assert check_model(config).wrong == [label]
    monkeypatch.setattr(LanguageModel, "loss_and_gradient", objective(scale_gradient=1.001))
    wrong = [name for name in check_model(config).wrong if "initial" not in name]
    assert wrong == [*build(config).weights(), "input x"]


def test_a_cell_without_a_naive_step_is_checked_with_its_penalties_and_masks(monkeypatch):
    monkeypatch.setitem(CELLS, "three", ThreeStates)
    rates = dict(weight_drop=0.4, input_dropout=0.2, embedding_dropout=0.3, activation_reg=2.0, temporal_reg=3.0)
    config = dict(V=4, cell="three", hidden=3, embed=2, layers=2, skip=True, tie_weights=True, projection=2)
    check = check_model({**config, **rates})
    assert check.method == "own complex step" and check.wrong == []
    monkeypatch.setattr(model_check, "reference_of", lambda name, options: Reference("differences", None))
    check = check_model({**config, **rates})
    assert check.method == "differences" and check.wrong == []


def test_a_wrong_gradient_is_wrong_however_small(monkeypatch):
    class Wrong(CELLS["gru"]):
        def backward(self, dh, dstate=None):
            dx, dfirst = super().backward(dh, dstate)
            self.grads["bh"] *= 1.01
            return dx, dfirst

    monkeypatch.setitem(CELLS, "gru", Wrong)
    check = check_cell("gru", {"gate_bias": 25.0})
    assert check.wrong == ["bh"] and check.worst("states") < 1e-12


def test_differences_are_right_for_polynomials_of_degree_six(rng):
    v, c = rng.standard_normal((2, 3, 4))
    found = differences(lambda v: (c * v**6).sum(), v)
    np.testing.assert_allclose(found, 6 * c * v**5, atol=1e-10)


@pytest.mark.parametrize("name", ["lnlstm", "mixgru", "bilstm"])
def test_differences_agree_with_the_complex_step_within_their_tolerance(name, monkeypatch):
    exact = check_cell(name)
    monkeypatch.setattr(cell_check, "reference_of", lambda name, options: Reference("differences", None))
    rough = check_cell(name)
    assert (exact.method, rough.method) == ("complex step", "differences")
    assert not exact.wrong and not rough.wrong
    assert max(map(rough.worst, rough.errors)) < 1e-9


def test_nan_is_wrong():
    errors = {"parameters": {"a": 1.0, "b": np.nan}, "inputs": {"x": 1.0}, "states": {}}
    bad = Check(errors, {group: dict.fromkeys(some, (1,)) for group, some in errors.items()}, 0.0, "complex step")
    assert np.isnan(bad.worst("parameters")) and bad.worst("states") is None
    assert bad.wrong == ["a", "b", "input x"]
