"""What gradcheck says a cell needs for training, and that a cell which has it is trained."""

import re
from itertools import islice

import numpy as np
import pytest
from conftest import assert_refused
from gradcheck_cell import CELL, gradients, spoiled
from three_states import add_three_states

from cells import CELLS
from minrnn.generation.generate import generate
from minrnn.nn.build import build
from minrnn.nn.output import softmax_cross_entropy
from minrnn.own_cell.training_needs import training_needs
from optim import Adam

# A cell that has no base class of ours, and only what its gradients need.
ALONE = CELL.replace("from cells.cell import Cell\n", "").replace("(Cell)", "").replace(
    "        super().__init__(D, H, dtype, rng)\n",
    """        self.D, self.H, self.dtype = D, H, dtype
        self.params = {name: rng.standard_normal(shape).astype(dtype) for name, shape in self.shapes(D, H).items()}
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}

    def zero_state(self, N):
        return np.zeros((N, self.H), self.dtype)
""",
)  # fmt: skip
BARE = ALONE.replace("def shapes(", "def sizes(").replace("self.shapes(", "self.sizes(")


@pytest.mark.parametrize(
    "text, missing", [(ALONE, ["stepper", "states"]), (BARE, ["stepper", "states", "shapes"])], ids=["alone", "bare"]
)
def test_a_cell_without_a_base_class_is_checked_and_what_training_needs_is_told(text, missing, gradcheck):
    result = gradcheck(cell=text)
    assert result.returncode == 0, result.stdout + result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("to train mine.py:Mine, give it ")]
    assert [re.match(r"\w+", need)[0] for need in line.split("give it ")[1].split("; ")] == missing
    assert result.stdout.endswith("every gradient is right\n")


@pytest.mark.parametrize(
    "right, other, need",
    [
        ("    @staticmethod\n    def shapes",
         '    states = ("h", "c")\n\n'
         '    def zero_state(self, N):\n        return np.zeros((N, self.H), self.dtype)\n\n'
         '    @staticmethod\n    def shapes',
         "states, a tuple with 1 name, not ('h', 'c')"),
        ('        super().__init__(D, H, dtype, rng)\n',
         '        super().__init__(D, H, dtype, rng)\n'
         '        self.params["b"], self.grads["b"] = np.zeros((2, 1, H))\n',
         "shapes(D, H) that are those of params, not {'Wx': (5, 6), 'Wh': (6, 6), 'b': (6,)}"),
    ],
)  # fmt: skip
def test_states_and_shapes_that_do_not_fit_are_told_in_one_line(right, other, need, gradcheck):
    result = gradcheck(cell=spoiled(right, other))
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"\nto train mine.py:Mine, give it {need}\n" in result.stdout


def test_a_cell_that_train_offers_and_cannot_train_is_refused(gradcheck, monkeypatch):
    class Odd(CELLS["lstm"]):
        def __init__(self, *sizes, **options):
            super().__init__(*sizes, **options)
            self.shapes = lambda D, H: {"Wx": (D, H)}

    monkeypatch.setitem(CELLS, "lstm", Odd)
    need = "shapes(D, H) that are those of params, not {'Wx': (5, 6)}"
    assert_refused(gradcheck("--cell", "lstm"), f"lstm: train.py offers it and cannot train it; give it {need}")


def test_every_cell_that_train_offers_has_what_training_needs():
    for name, options in [*((name, {}) for name in CELLS), ("gru", {"reset": "before"}), ("mixgru", {"transforms": 2})]:
        cell = CELLS[name](5, 6, np.float64, np.random.default_rng(0), **options)
        assert training_needs(name, cell, options) == []


def test_a_cell_of_three_states_and_without_steps_is_right_and_can_be_trained(monkeypatch, gradcheck):
    name = add_three_states(monkeypatch)
    result = gradcheck("--cell", name, "--layers", 2)
    assert result.returncode == 0, result.stdout + result.stderr
    alone, model = gradients(result.stdout)
    assert [key for key in alone if key.startswith("initial ")] == [f"initial state.{k}" for k in range(3)]
    assert len([key for key in model if key.startswith("initial ")]) == 6
    assert max(error for found in (alone, model) for _, error in found.values()) < 1e-12
    assert "to train" not in result.stdout


def test_a_cell_without_steps_learns_and_writes_what_its_forward_pass_predicts(monkeypatch, rng):
    name = add_three_states(monkeypatch)
    model = build(dict(V=4, cell=name, hidden=8, layers=2), rng)
    text = np.tile([0, 1, 2, 3, 3, 2, 1], 9)[:, np.newaxis]
    losses, adam = [], Adam(model.params.size, 2e-2)
    for _ in range(150):
        model.grads[:] = 0
        logits, _ = model.forward(text[:-1])
        loss, _, dlogits = softmax_cross_entropy(logits, text[1:], len(text) - 1)
        model.backward(dlogits)
        adam.step(model.params, model.grads)
        losses.append(loss)
    assert losses[-1] < 0.2 * losses[0]
    model.reuse_memory()
    written = [int(k[0]) for k in islice(generate(model, text[:7], rng, greedy=True), 12)]
    assert written == text[7:19, 0].tolist()
    read = np.array([*text[:7, 0], *written])[:, np.newaxis]
    assert model.forward(read)[0].argmax(axis=2)[6:-1, 0].tolist() == written
