"""A cell of one's own is judged by the complex step of its forward pass where that is analytic, else by differences."""

import sys

import numpy as np
import pytest
from mgu import MGU

from cells import CELLS
from minrnn.gradcheck.analytic import reference_of
from minrnn.gradcheck.check_cell import check_cell
from minrnn.gradcheck.check_model import check_model
from minrnn.nn.config import Regularisers
from minrnn.own_cell.find import find

TANH, SLOPE = "n = np.tanh(v[t] @ Wx[:, H:] + m @ Wh[:, H:] + b[H:])", "(1 - n**2)"
SOFTSIGN = "a = v[t] @ Wx[:, H:] + m @ Wh[:, H:] + b[H:]\n            n = a / (1 + {})"


@pytest.fixture
def cell(tmp_path, monkeypatch):
    """The name in CELLS of an MGU with some lines replaced; no line moves."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = dict(CELLS)

    def write(*changes, more=""):
        text = MGU
        for right, wrong in changes:
            assert text.count(right) == 1
            text = text.replace(right, wrong)
        (tmp_path / "mine.py").write_text(text + more)
        return find(f"{tmp_path / 'mine.py'}:Mine")

    yield write
    CELLS.clear()
    CELLS.update(before)


def line_of(text, changed=MGU):
    (number,) = (k for k, line in enumerate(changed.splitlines(), start=1) if text in line)
    return number


def test_an_analytic_forward_pass_is_its_own_reference_alone_and_in_a_model(cell):
    name = cell()
    assert reference_of(name, {}).method == "own complex step"
    settings = dict(embed=3, tie_weights=False, projection=0, skip=True) | Regularisers()._asdict() | {"dropout": 0.4}
    model = check_model(dict(V=5, cell=name, cell_options={}, layers=2, hidden=4, **settings))
    for check in (check_cell(name), model):
        assert check.method == "own complex step" and check.wrong == []
        assert max(error for errors in check.errors.values() for error in errors.values()) < 1e-12


def test_a_small_mistake_that_differences_miss_is_found(cell):
    name = cell(('self.grads["b"] += da.sum(axis=0)', 'self.grads["b"] += (1 + 1e-8) * da.sum(axis=0)'))
    assert check_cell(name).wrong == ["b"]


@pytest.mark.parametrize("word", ["abs(a)", "np.abs(a)", "np.absolute(a)", "np.sqrt(a.real**2)"])
def test_a_right_gradient_of_a_forward_pass_that_is_not_analytic_is_right(word, cell):
    softsign = SOFTSIGN.format(word)
    name = cell((TANH, softsign), (SLOPE, "(1 - abs(n)) ** 2"))
    source = reference_of(name, {})
    assert source.method == "differences"
    at = line_of("n = a / (1", MGU.replace(TANH, softsign))
    found = word.removeprefix("np.").split("(")[0].replace("sqrt", "real")
    assert source.why == f"the forward pass is not analytic: {found} near line {at} of mine.py"
    check = check_cell(name)
    assert check.method == "differences" and check.wrong == []


@pytest.mark.parametrize(
    "change, words",
    [
        (f"{TANH}.astype(float)", "a cast to float near line {}"),
        (f"q = np.empty(m.shape); q[:] = m; {TANH}", "a cast to float near line {}"),
        (f"{TANH} + 0 * float(m[0, 0])", "near line {}"),
    ],
)
def test_a_forward_pass_that_casts_to_float_is_told_with_its_line(change, words, cell):
    name = cell((TANH, change))
    source = reference_of(name, {})
    assert source.method == "differences" and words.format(line_of("n = np.tanh(v[t]")) in source.why
    assert check_cell(name).wrong == []


def test_a_comparison_keeps_a_forward_pass_analytic_away_from_the_corner(cell):
    relu = "n = np.maximum(v[t] @ Wx[:, H:] + m @ Wh[:, H:] + b[H:], 0)"
    name = cell((TANH, relu), (SLOPE, "(n > 0)"))
    assert reference_of(name, {}).method == "own complex step"
    assert check_cell(name).wrong == []


def test_numba_kernels_are_not_run_with_complex_numbers(cell):
    name = cell(more="\nfrom numba import njit\n\n@njit\ndef kernel(a):\n    return 2 * a\n")
    source = reference_of(name, {})
    assert source.method == "differences" and source.why == "Numba kernels (kernel) do not run with complex numbers"


def test_the_two_derivatives_of_the_reference_agree(cell, rng):
    """The run for many values at once is that for one value, over and over."""
    source = reference_of(cell(), {})
    p = {"Wx": rng.standard_normal((3, 5, 12)), "Wh": rng.standard_normal((6, 12)), "b": rng.standard_normal(12)}
    x, state = rng.standard_normal((4, 2, 5)), (rng.standard_normal((2, 6)),)
    h, last = source.run(p, x, state)
    for k in range(3):
        h_k, last_k = source.run({**p, "Wx": p["Wx"][k]}, x, state)
        np.testing.assert_array_equal([v[k] for v in h], h_k)
        np.testing.assert_array_equal(last[0][k], last_k[0])


def test_a_class_without_a_module_or_a_file_is_judged_too(monkeypatch):
    space = {"__name__": "nowhere"}
    exec(MGU, space)
    monkeypatch.setitem(CELLS, "text", space["Mine"])
    assert reference_of("text", {}).method == "own complex step" and check_cell("text").wrong == []
    exec(MGU.replace(TANH, SOFTSIGN.format("abs(a)")), space)
    monkeypatch.setitem(CELLS, "text", space["Mine"])
    assert reference_of("text", {}).why.startswith("the forward pass is not analytic: abs, max, a comparison or a cast")
