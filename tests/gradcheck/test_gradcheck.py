"""The command `python -m minrnn.gradcheck`: its table is whole, and it finds wrong gradients and broken cells."""

import os
import re
import subprocess
import sys
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import ROOT, assert_refused
from three_states import ThreeStates, add_three_states

from cells import CELLS, Bidirectional
from minrnn.generation.generate import generate
from minrnn.gradcheck import __main__ as command
from minrnn.gradcheck import check_cell as cell_check
from minrnn.gradcheck import check_model as model_check
from minrnn.gradcheck import reference_model, table
from minrnn.gradcheck.analytic import Reference
from minrnn.gradcheck.check import Check
from minrnn.gradcheck.check_cell import check_cell
from minrnn.gradcheck.check_model import check_model
from minrnn.gradcheck.differences import differences
from minrnn.nn.build import build
from minrnn.nn.config import has_recurrent_matrix
from minrnn.nn.language_model import LanguageModel
from minrnn.nn.output import softmax_cross_entropy
from minrnn.own_cell.training_needs import training_needs
from minrnn.system.command import run_script
from optim import Adam

# A cell with right gradients that keeps the contract. It has no naive forward pass.
CELL = """
import numpy as np
from cells.cell import Cell

class Mine(Cell):
    @staticmethod
    def shapes(D, H):
        return {"Wx": (D, H), "Wh": (H, H), "b": (H,)}

    def __init__(self, D, H, dtype=np.float32, rng=None):
        super().__init__(D, H, dtype, rng)

    def forward(self, x, state=None):
        v = np.eye(self.D, dtype=self.dtype)[x] if x.ndim == 2 else x
        h = np.empty((len(x) + 1, x.shape[1], self.H), self.dtype)
        h[0] = 0 if state is None else state
        for t in range(len(x)):
            h[t + 1] = np.tanh(v[t] @ self.params["Wx"] + h[t] @ self.params["Wh"] + self.params["b"])
        self.cache = x, v, h
        return h[1:], h[-1].copy()

    def backward(self, dh, dstate=None):
        x, v, h = self.cache
        dx, dh_next = np.empty(v.shape, self.dtype), np.zeros(h[0].shape) if dstate is None else dstate
        for t in reversed(range(len(x))):
            da = (dh[t] + dh_next) * (1 - h[t + 1] ** 2)
            self.grads["Wx"] += v[t].T @ da
            self.grads["Wh"] += h[t].T @ da
            self.grads["b"] += da.sum(axis=0)
            dx[t] = da @ self.params["Wx"].T
            dh_next = da @ self.params["Wh"].T
        return None if x.ndim == 2 else dx, dh_next
"""
ALL = {"Wx", "Wh", "b", "input x", "initial state"}


def spoiled(right, wrong):
    assert CELL.count(right) == 1
    return CELL.replace(right, wrong)


@pytest.fixture
def gradcheck(tmp_path, monkeypatch, capsys):
    """Runs the command in this process, in an empty folder; whatever it adds to CELLS is taken out again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = dict(CELLS)

    def run(*arguments, cell=None):
        if cell:
            (tmp_path / "mine.py").write_text(cell)
            arguments = ("--cell", "mine.py:Mine", *arguments)
        monkeypatch.setattr(sys, "argv", ["gradcheck", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            run_script(command.main)
        out, err = capsys.readouterr()
        return SimpleNamespace(returncode=stop.value.code, stdout=out, stderr=err)

    yield run
    CELLS.clear()
    CELLS.update(before)


def gradients(output):
    """{name: (shape, error)} for each of the two parts of the output for one cell: by itself, and in a model."""
    line = re.compile(r"  ((?:input |initial )?\S+) +(\([\d, ]+\)) +(\S+e[+-]\d\d)( .*)?")
    parts = output.split(" in a model: ")
    assert len(parts) == 2
    found = [[line.fullmatch(text) for text in part.splitlines()] for part in parts]
    return [{m[1]: (eval(m[2]), float(m[3])) for m in matches if m} for matches in found]


def wrong(output):
    """What the last line calls wrong: of the cell by itself, and of the model."""
    alone, _, model = output.splitlines()[-1].removeprefix("WRONG: ").partition("in a model: ")
    return [set(filter(None, part.rstrip("; ").split(", "))) for part in (alone, model)]


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


@pytest.mark.parametrize("name", CELLS)
def test_one_cell_lists_every_gradient_with_its_shape(name, gradcheck):
    sizes = ["--T", 2, "--N", 3, "--D", 4, "--V", 6, "--hidden", 5, "--embed", 7, "--layers", 2, "--seed", 3]
    result = gradcheck("--cell", name, *sizes, "--dropout", 0.3, "--dropout-at", "inputs", "--dropout-mask", "sequence")
    assert result.returncode == 0, result.stdout + result.stderr
    alone, model = gradients(result.stdout)
    shapes = {key: p.shape for key, p in CELLS[name](4, 5).params.items()}
    assert {key: shape for key, (shape, _) in alone.items() if " " not in key} == shapes
    weights = build(dict(V=6, cell=name, layers=2, hidden=5, embed=7)).weights()
    expected = {key: p.shape for key, p in weights.items()}
    assert {key: shape for key, (shape, _) in model.items() if " " not in key} == expected
    assert alone["input x"][0] == (2, 3, 4) and model["input x"][0] == (2, 3, 7)
    for found, per_layer in ((alone, 2 if issubclass(CELLS[name], Bidirectional) else 1), (model, 2)):
        states = [shape for key, (shape, _) in found.items() if key.startswith("initial ")]
        assert states == [(3, 5)] * per_layer * len(getattr(CELLS[name], "kind", CELLS[name]).states)
        assert max(error for _, error in found.values()) < 1e-12
    assert "dropout_at = inputs, dropout_mask = sequence" in result.stdout
    assert result.stdout.endswith("every gradient is right\n")


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_passes_with_symbols_and_the_smallest_sizes(name, gradcheck):
    sizes = [part for size in ("--T", "--N", "--D", "--hidden") for part in (size, 1)]
    for arguments in ([], [*sizes, "--V", 2]):
        result = gradcheck("--cell", name, *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "embedding" not in result.stdout and result.stdout.endswith("every gradient is right\n")


def test_one_cell_takes_the_options_of_cells(gradcheck):
    result = gradcheck("--cell", "bigru", "--gru-reset", "before", "--gates", "hard", "--tie-weights")
    assert result.returncode == 0
    alone, model = gradients(result.stdout)
    assert "forward.bh" not in alone and "bigru reset=before gates=hard" in result.stdout
    # Tying sets the embedding to the width of the output.
    assert model["embedding"][0] == (7, 12) and "output.W" not in model
    assert gradients(gradcheck("--cell", "mixgru", "--transforms", 2).stdout)[0]["b"][0] == (20,)


@pytest.mark.slow
def test_it_works_without_compiling():
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    arguments = [sys.executable, "-m", "minrnn.gradcheck", "--cell", "lnlstm"]
    result = subprocess.run(arguments, capture_output=True, text=True, cwd=ROOT, timeout=120, env=env)
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(gradients(result.stdout)[0]) == 9


@pytest.mark.parametrize("embed", [[], ["--embed", 4, "--layers", 2]], ids=["one-hot", "embedding"])
def test_a_cell_of_a_file_is_compared_with_the_complex_step_of_its_own_forward(embed, gradcheck):
    result = gradcheck(*embed, cell=CELL)
    assert result.returncode == 0, result.stdout + result.stderr
    alone, model = gradients(result.stdout)
    assert alone.keys() == {"Wx", "Wh", "b", "input x", "initial state"}
    assert ("input x" in model) == bool(embed)
    assert max(error for found in (alone, model) for _, error in found.values()) < 1e-13
    assert "at most 1e-09" in result.stdout and "not whether forward itself is right" in result.stdout
    assert "forward (loss)" not in result.stdout


@pytest.mark.parametrize(
    "right, wrong_line, names",
    [
        ("(dh[t] + dh_next)", "dh[t]", ALL),
        ('self.params["Wh"].T', 'self.params["Wh"]', ALL),
        ("1 - h[t + 1] ** 2", "1 - h[t + 1]", ALL),
        ("h[t].T @ da", "h[t + 1].T @ da", {"Wh"}),
        ("v[t].T @ da", "0.999999 * v[t].T @ da", {"Wx"}),
        ("da.sum(axis=0)", "da.mean(axis=0)", {"b"}),
        ('dx[t] = da @ self.params["Wx"].T', "dx[t] = v[t]", {"input x"}),
        ("else dx, dh_next", "else dx, 2 * dh_next", {"initial state"}),
    ],
    ids=["no dh_next", "no transpose", "wrong slope", "wrong step", "a part of a million", "mean", "dx", "state"],
)
def test_one_wrong_line_names_the_gradients_that_are_wrong(right, wrong_line, names, gradcheck):
    result = gradcheck(cell=spoiled(right, wrong_line))
    assert result.returncode == 1, result.stdout + result.stderr
    last = wrong(result.stdout)
    assert last[0] == names
    # The lines of exactly those that the last line names are marked, in both parts.
    for part, named in zip(result.stdout.split(" in a model: "), last):
        assert {re.split(r" {2,}", line.strip())[0] for line in part.splitlines() if line.endswith("  WRONG")} == named


def test_a_wrong_forward_is_found_where_there_is_a_naive_one(gradcheck, monkeypatch):
    class Louder(CELLS["rnn"]):
        def forward(self, x, state=None):
            h, last = super().forward(x, state)
            return h * 2, last

    monkeypatch.setitem(CELLS, "rnn", Louder)
    result = gradcheck("--cell", "rnn")
    assert result.returncode == 1
    assert all("forward (loss)" in part for part in wrong(result.stdout))


@pytest.mark.parametrize(
    "right, broken, words",
    [
        ("def forward(", "def ahead(", ["has no forward", "expected forward(x, state=None)"]),
        ("def backward(", "def back(", ["has no backward", "expected backward(dh, dstate=None)"]),
        ("def forward(self, x, state=None)", "def forward(self, x)", ["has forward(self, x)", "state=None"]),
        ("dtype, rng)\n", "dtype, rng)\n        del self.params\n", ["has no dict params"]),
        ("dtype, rng)\n", "dtype, rng)\n        self.grads = []\n", ["has no dict grads"]),
        ("dtype, rng)\n", "dtype, rng)\n        del self.grads['b']\n", ["keys ['Wx', 'Wh']", "['Wx', 'Wh', 'b']"]),
        (
            "dtype, rng)\n", "dtype, rng)\n        self.grads['b'] = np.zeros((1, H))\n",
            ["grads['b'] has shape (1, 6); expected (6,)"],
        ),
        (", dtype, rng)\n", ", np.float32, rng)\n", ["params['Wx'] is float32; expected float64"]),
        ("h[1:], h[-1].copy()", "h, h[-1].copy()", ["h of forward has shape (4, 4, 6); expected (3, 4, 6)"]),
        ("return h[1:], h[-1].copy()", "return h[1:]", ["forward returns ndarray", "h, state"]),
        ("h[1:], h[-1].copy()", "h[1:], (h[-1], h[-1])", ["state of forward has 2 parts; expected 1"]),
        ("h[1:], h[-1].copy()", "h[1:].astype('f'), h[-1]", ["h of forward is float32; expected float64"]),
        ("h[1:], h[-1].copy()", "h[1:], h[-1, 0]", ["state of forward has shape (6,); expected (4, 6)"]),
        ("else dx, dh_next", "else dx[0], dh_next", ["dx of backward has shape (4, 5); expected (3, 4, 5)"]),
        ("else dx, dh_next", "else dx, None", ["dstate of backward is NoneType; expected an array"]),
        ("return None if x.ndim == 2 else dx, dh_next", "return dx, dh_next", ["dx for symbols", "expected None"]),
        ('self.grads["Wh"] +=', 'self.grads["Wh"] =', ["overwrites grads['Wh']", "+="]),
        ('self.grads["b"] +=', 'self.grads["b"][:] =', ["overwrites grads['b']", "+="]),
        ("self.cache = x, v, h", "self.cache = x, v, h; x *= 0", ["changes the x"]),
        ("x, v, h = self.cache", "x, v, h = self.cache; dh *= 2", ["changes the dh"]),
        ('+ self.params["b"])', '+ self.params["c"])', ["forward, x (3, 4, 5)", "KeyError: 'c' (mine.py, line 18)"]),
        ("if x.ndim == 2 else x\n", "if x.ndim == 9 else x\n", ["symbols, integers (T, N)", "--embed"]),
        # The line is the user's, not that of NumPy which raised.
        ("np.tanh(v[t]", "np.linalg.solve(np.ones((2, 3)), v[t]", ["LinAlgError", "(mine.py, line 18)"]),
        ("class Mine", "import random; random.choice([])\nclass Mine", ["IndexError", "(mine.py, line 5)"]),
        ("class Mine", "class Mine(", ["importing mine.py", "line 5"]),
        ("class Mine", "import sys; sys.exit(0)\nclass Mine", ["importing mine.py", "SystemExit: 0 (mine.py, line 5)"]),
        ("x, v, h = self.cache", "raise SystemExit(0)", ["backward, dh (3, 4, 6)", "SystemExit: 0"]),
        ("0 if state is None", "1 if state is None", ["forward without a state does not begin from zeros"]),
        (", rng)\n", ", rng)\n        self.zero_state = lambda n: np.ones((n, H))\n", ["zero_state(N) is not all"]),
        (
            "0 if state is None", "(self.cache[-1][-1] if self.cache else 0) if state is None",
            ["forward without a state does not begin from zeros", "keeps no state"],
        ),
        ("self.cache = x, v, h", "self.cache = x, v, h\n        if state is not None: state[:] = h[-1]",
         ["changes the state that forward was given"]),
        ('dh_next = da @ self.params["Wh"].T', 'dh_next[:] = da @ self.params["Wh"].T',
         ["changes the dstate that backward was given"]),
        ("h[1:], h[-1].copy()", "h[1:], h[len(x[1:]) and -1 or 9].copy()", ["forward, x (1, 2, 5)", "IndexError"]),
        ("    def backward(", "    forward = max\n    def backward(", ["forward, x (3, 4, 5)", "raised TypeError"]),
        ("x, v, h = self.cache", "x, v, h = self.cache; x[:] = 0", ["changes the x that forward"]),
        ("class Mine", "class Yours", ["no class 'Mine' in mine.py; it has Yours"]),
    ],
)  # fmt: skip
def test_a_broken_contract_is_told_in_one_line(right, broken, words, gradcheck):
    assert_refused(gradcheck(cell=spoiled(right, broken)), "gradcheck: ", *words)


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


def test_a_file_may_have_dataclasses_whose_annotations_are_not_evaluated(gradcheck):
    header = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    other = "@dataclass\nclass Settings:\n    scale: float = 1.0\n\n"
    result = gradcheck(cell=header + spoiled("class Mine", other + "class Mine"))
    assert result.returncode == 0, result.stderr


def test_nan_gradients_are_not_called_overwritten(gradcheck):
    result = gradcheck(cell=spoiled("1 - h[t + 1] ** 2", "np.nan"))
    assert result.returncode == 1 and wrong(result.stdout)[0] == ALL


def test_a_cell_must_use_the_arrays_in_params(gradcheck):
    text = spoiled("dtype, rng)\n", "dtype, rng)\n        self.mine = dict(self.params)\n")
    assert_refused(gradcheck(cell=text.replace("self.params[", "self.mine[")), "does not use", "params")


def test_one_hot_inputs_need_a_matrix_of_their_name(gradcheck):
    text = CELL.replace('"Wx"', '"Wv"')
    assert_refused(gradcheck(cell=text), "params has no 'Wx'", "--embed")
    assert gradcheck("--embed", 4, cell=text).returncode == 0


def test_a_cell_for_vectors_only_can_be_checked_with_an_embedding(gradcheck):
    text = spoiled("np.eye(self.D, dtype=self.dtype)[x] if x.ndim == 2 else x", "x")
    assert_refused(gradcheck(cell=text), "--embed")
    assert gradcheck("--embed", 4, cell=text).returncode == 0


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("--cell nope", ["'nope'", *CELLS, "FILE.py:Class"]),
        ("--cell nope.py:Mine", ["no file nope.py"]),
        ("--cell nope:Mine", ["no module nope"]),
        ("--cell cells.gru:Mine", ["no class 'Mine' in cells.gru; it has GRU"]),
        ("--cell cells:Nope", ["no class 'Nope' in cells; it has", "BiLSTM", "LNLSTM"]),
        ("--cell gru --tie-weights --embed 3", ["--tie-weights", "give --embed 6, not 3"]),
        ("--cell gru --dropout-at inputs", ["--dropout is 0"]),
        ("--cell gru --projection 3", ["--projection 3", "give --tie-weights"]),
        ("--cell gru --embedding-dropout 0.2", ["--embedding-dropout", "--embed is 0"]),
        ("--cell rnn --gates hard", ["--gates is for gru, lstm, bigru, bilstm, not for rnn"]),
        ("--cell lstm --gru-reset before", ["--gru-reset is for gru, bigru, not for lstm"]),
        ("--cell lstm --hidden 1000", ["too long", "--hidden"]),
        ("--cell rnn --V 20000", ["too long", "--V"]),
        ("--cell rnn --embed 4 --V 20000", ["too long", "--V"]),
        ("--cell rnn --T 20000", ["too long", "--T"]),
        ("--layers 2", ["--layers is for one cell; give --cell"]),
        *(
            (f"--cell lstm --{size} 0", [f"--{size}", "'0' is not"])
            for size in ("T", "N", "D", "V", "hidden", "layers")
        ),
    ],
)
def test_bad_input_is_refused(arguments, words, gradcheck):
    assert_refused(gradcheck(*arguments.split()), "gradcheck: ", *words)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--cell", "nope"], ["--T", "0"]])
def test_all_errors_begin_with_the_command_that_was_given(arguments):
    command = [sys.executable, "-m", "minrnn.gradcheck", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert_refused(result)
    assert result.stderr.startswith("python -m minrnn.gradcheck: ")


def test_a_cell_that_is_compared_with_differences_must_be_smaller(gradcheck):
    assert_refused(gradcheck("--T", 600, cell=CELL), "too long", "--T")


def test_a_one_hot_vector_is_made_alone():
    (v,) = reference_model.inputs({}, np.array([[3, 999_999]]), 10**6, None)
    assert [row.tolist() for row in np.nonzero(v)] == [[0, 1], [3, 999_999]] and v.sum() == 2


@pytest.mark.parametrize("module", ["cells.lstm", "cells"])
def test_a_class_of_the_registry_is_found_by_its_module(module, gradcheck):
    result = gradcheck("--cell", f"{module}:LSTM")
    assert result.returncode == 0 and result.stdout.startswith("lstm by itself")


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


def test_one_cell_takes_the_options_of_models(gradcheck):
    options = (
        "--layers 2 --tie-weights --projection 3 --skip --weight-drop 0.4 --embedding-dropout 0.3 --temporal-reg 2"
    )
    result = gradcheck("--cell", "lstm", *options.split())
    assert result.returncode == 0, result.stdout + result.stderr
    _, model = gradients(result.stdout)
    assert model["projection.P"][0] == (6, 3) and model["embedding"][0] == (7, 3)
    for words in ("skip = True", "projection = 3", "weight_drop = 0.4", "temporal_reg = 2.0"):
        assert words in result.stdout


def test_long_sequences_of_many_units_do_not_amplify_rounding(gradcheck):
    result = gradcheck("--cell", "rnn", "--T", 30, "--N", 2, "--hidden", 40)
    assert result.returncode == 0
    assert max(error for found in gradients(result.stdout) for _, error in found.values()) < 1e-12


@pytest.mark.parametrize(
    "options",
    [
        "gru --gate-bias 20",
        "gru --gate-bias -20",
        "gru --gate-bias 1000",
        "lstm --forget-bias -20",
        "lstm --forget-bias -1e3",
    ],
)
def test_gates_that_are_shut_or_open_leave_right_gradients_right(options, gradcheck):
    result = gradcheck("--cell", *options.split())
    assert result.returncode == 0, result.stdout + result.stderr


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
