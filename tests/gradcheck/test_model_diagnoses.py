"""A wrong model whose cell is right gets the diagnosis that fits."""

import numpy as np
import pytest

from cells import CELLS
from minrnn.gradcheck.check_model import check_model
from minrnn.gradcheck.explain import explain_model
from minrnn.nn.config import Regularisers
from minrnn.nn.dropout import Dropout
from minrnn.nn.language_model import LanguageModel
from minrnn.nn.output import Output

PLAIN = dict(embed=0, tie_weights=False, projection=0, skip=False, **Regularisers()._asdict())


def said_of_model(**settings):
    config = dict(V=7, cell="rnn", cell_options={}, layers=1, hidden=6) | PLAIN | settings
    check = check_model(config, 3, 4)
    assert check.wrong
    (line,) = explain_model(config, check, 3, 4)
    return line


def objective(change, add=0.0):
    """A wrong loss_and_gradient for models: `change` of the gradient of what the output layer reads."""

    def loss_and_gradient(self, x, y, state, rng, total, sampler=None):
        h, last = self.contexts(x, state, rng)
        loss, correct, dv = self.output.loss_and_gradient(self.read(h, rng), self.targets(x, y), total)
        self.contexts_backward(self.read_backward(change(dv), total))
        return loss + add, correct, last

    return loss_and_gradient


def last_only(dv):
    return dv * (np.arange(len(dv)) == len(dv) - 1)[:, None, None]


@pytest.mark.parametrize(
    "change, add, says",
    [
        (lambda d: 12 * d, 0, "the gradient that comes from the loss is T N = 12 times too large"),
        (lambda d: d / 4, 0, "the gradient that comes from the loss is N = 4 times too small"),
        (last_only, 0, "the loss is over all 3 steps, but only that of step 2 has a gradient"),
        (lambda d: d + 0.1, 0, "the gradient that comes from the loss is not (softmax"),
        (lambda d: d, 0.5, "the loss is wrong, all gradients are right"),
    ],
)
def test_a_wrong_loss_of_a_model_gets_its_diagnosis(change, add, says, monkeypatch):
    monkeypatch.setattr(LanguageModel, "loss_and_gradient", objective(change, add))
    assert said_of_model().startswith(says)


def changed(method, key, change):
    """`method` of a part of a model, after which the gradient `key` is changed."""

    def backward(self, *arguments):
        result = method(self, *arguments)
        self.grads[key][:] = change(self.grads[key])
        return result

    return backward


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda g: 2 * g, "the gradient of output.b: 2 times too large"),
        (
            lambda g: g + 0.1,
            "the cell is right by itself; in the model wrong: output.b; right: layers.0.Wx",
        ),
    ],
)
def test_a_wrong_part_of_a_model_is_named(change, says, monkeypatch):
    monkeypatch.setattr(Output, "loss_and_gradient", changed(Output.loss_and_gradient, "b", change))
    assert said_of_model().startswith(says)


def test_what_is_wrong_with_an_option_only_is_told(monkeypatch):
    monkeypatch.setattr(Dropout, "backward", lambda self, dv: dv)
    assert said_of_model(dropout=0.5, embed=3).startswith(
        "right without --dropout, wrong with it. Look at nn/dropout.py"
    )


def test_a_model_that_sees_what_comes_later_is_told(monkeypatch):
    right = LanguageModel.read
    monkeypatch.setattr(LanguageModel, "read", lambda self, h, *more: right(self, h[::-1].copy(), *more))
    assert said_of_model().startswith("a prediction depends on symbols that come later")
    monkeypatch.setattr(LanguageModel, "read", lambda self, h, *more: right(self, 2 * h, *more))
    assert said_of_model().startswith("the forward pass of the model differs from the reference")


def test_a_cell_that_is_wrong_for_symbols_only_is_told(monkeypatch):
    class Right(CELLS["rnn"]):
        def backward(self, dh, dstate=None):
            before = self.grads["Wx"].copy()
            returned = super().backward(dh, dstate)
            if returned[0] is None:
                self.grads["Wx"] += 0.7 * (self.grads["Wx"] - before)
            return returned

    monkeypatch.setitem(CELLS, "rnn", Right)
    assert said_of_model().startswith("right where the cell reads vectors, wrong where it reads symbols")
