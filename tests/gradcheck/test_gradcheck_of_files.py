"""`python -m minrnn.gradcheck --cell FILE.py:Class`: it finds wrong gradients and broken cells, each by its line."""

import re

import pytest
from conftest import assert_refused
from gradcheck_cell import ALL, CELL, gradients, spoiled, wrong

from cells import CELLS


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


def test_a_cell_that_is_compared_with_differences_must_be_smaller(gradcheck):
    assert_refused(gradcheck("--T", 600, cell=CELL), "too long", "--T")
