"""The table of `python -m minrnn.gradcheck`: it has every cell and model, and marks what is wrong."""

import re
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

from cells import CELLS
from minrnn.gradcheck import table
from minrnn.nn.config import has_recurrent_matrix


@pytest.mark.slow
def test_the_table_has_every_cell_and_option_and_every_gradient_is_right():
    result = subprocess.run(
        [sys.executable, "-m", "minrnn.gradcheck"], capture_output=True, text=True, cwd=ROOT, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr
    first, _, *lines, parts, last = result.stdout.splitlines()
    assert parts == "steps of sgd, rmsprop, adam and adagrad by their formulas, targets of batches: right"
    assert "T = 3, N = 2, V = 5, embedding 6, H = 4" in first
    row = re.compile(r"(\S+(?: \S+=\S+)*) +([-123])  (\S+(?: \S+)*) +(\S+) +(\S+) +(\S+) +(\S+)")
    rows = [row.fullmatch(line) for line in lines]
    assert all(rows), result.stdout
    variants = {"gru": 4, "bigru": 4, "lstm": 3, "bilstm": 3, "mogrifier": 2}
    for name in CELLS:
        found = {(row[1], row[2], row[3]) for row in rows if row[1].split()[0] == name}
        cells = {label for label, _, _ in found}
        assert len(cells) == variants.get(name, 1)
        models = [model for model in table.MODELS if model != "weight drop" or has_recurrent_matrix(name)]
        expected = {(label, str(k), model) for label in cells for k in (1, 2, 3) for model in models}
        assert found == expected | {(label, "-", "vectors") for label in cells}
    assert {row[1] for row in rows} >= {"gru reset=before", "gru gates=hard", "lstm gates=hard", "bigru reset=before"}
    for row in rows:
        parameters, inputs, states, forward = row.groups()[3:]
        assert 0 < float(parameters) < 1e-9 and 0 < float(states) < 1e-9 and float(forward) < 1e-9, row[0]
        # Symbols that are one-hot have no gradient.
        assert (inputs == "-") == (row[3] in ("one-hot", "dropout inputs", "skip AR TAR")), row[0]
        assert inputs == "-" or 0 < float(inputs) < 1e-9, row[0]
    assert last.startswith(f"{len(rows)} models, 0 of them wrong; worst ")


class Forgetful(CELLS["rnn"]):
    def backward(self, dh, dstate=None):
        dx, dfirst = super().backward(dh, dstate)
        self.grads["Wh"] *= 1 + 1e-8
        return dx, dfirst


class NoNumbers(CELLS["rnn"]):
    def backward(self, dh, dstate=None):
        dx, dfirst = super().backward(dh, dstate)
        self.grads["Wh"] *= np.nan
        return dx, dfirst


class Louder(CELLS["rnn"]):
    """Its forward pass is not the naive one; by itself, where the loss is linear in h, its gradients are."""

    def forward(self, x, state=None):
        h, last = super().forward(x, state)
        return h + 2, last


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # as the command does
@pytest.mark.parametrize(
    "wrong, column, worst, diagnosis",
    [
        (Forgetful, 0, "1.0e-08,", "dWh: 1.00000001 times as large as it should be"),
        (NoNumbers, 0, "nan,", "NaN or infinity in dWh"),
        (Louder, 3, "", "the forward pass and the reference part first in h at t = 0"),
    ],
)
def test_the_table_marks_what_is_wrong(wrong, column, worst, diagnosis, monkeypatch, capsys):
    monkeypatch.setitem(CELLS, "rnn", wrong)
    monkeypatch.setattr(table, "CELLS", {"rnn": wrong, "gru": CELLS["gru"]})
    monkeypatch.setattr(table, "LAYERS", (2,))
    monkeypatch.setattr(table, "MODELS", {"one-hot": {}})
    assert table.print_table() == 1
    lines = capsys.readouterr().out.splitlines()
    marked = [line.split()[0] for line in lines if line.endswith("WRONG")]
    assert marked == ["rnn", "rnn"]
    for line in lines:
        if line.endswith("WRONG"):
            # The row says what is wrong.
            assert not float(line.split()[-5:-1][column]) < 1e-9
    assert lines[-1].startswith(f"10 models, 2 of them wrong; worst {worst}")
    (said,) = [line for line in lines if line.startswith("DIAGNOSIS of rnn: ")]
    assert diagnosis in said
