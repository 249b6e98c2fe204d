"""Wrong gradients get the diagnosis that fits: mistakes of students, the exhibits of the bug museum, made-up ones."""

import sys

import pytest
from mgu import MGU, MISTAKES, SILENT

from cells import CELLS
from minrnn.gradcheck.check_cell import check_cell
from minrnn.gradcheck.explain import explain_cell
from minrnn.own_cell.contract import check_contract
from minrnn.own_cell.find import find
from minrnn.system.errors import OptionError

SIZES = dict(T=3, N=4, D=5, H=6)


@pytest.fixture
def student(tmp_path, monkeypatch):
    """The name in CELLS of an MGU with something replaced."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = dict(CELLS)

    def write(right="", wrong="", letters="", text=MGU):
        assert not right or text.count(right) == 1
        text = text.replace(right, wrong) if right else text
        if letters:
            text = text.replace("(Cell):\n", f'(Cell):\n    gate_letters = "{letters}"\n\n')
        (tmp_path / "mine.py").write_text(text)
        return find(f"{tmp_path / 'mine.py'}:Mine")

    yield write
    CELLS.clear()
    CELLS.update(before)


def diagnosis(name, options=None):
    """What is said of a cell that the contract lets pass, all lines as one text; empty if every gradient is right."""
    try:
        check_contract(name, options or {}, symbols=True)
    except OptionError as error:
        return str(error)
    check = check_cell(name, options, *SIZES.values())
    return "\n".join(explain_cell(name, options or {}, check, SIZES)) if check.wrong else ""


@pytest.mark.parametrize("letters", ["fn", ""])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_of_a_student_gets_its_own_diagnosis(mistake, letters, student):
    right, wrong, says = MISTAKES[mistake]
    name = student(right, wrong, letters)
    said = diagnosis(name)
    f, n = letters or "12"
    assert says.replace("{f}", f).replace("{n}", n) in said
    if mistake in SILENT:
        assert said.count("\n") == 0 and " Look at " in said


def test_the_diagnoses_of_the_silent_mistakes_differ_and_the_right_cell_has_none(student):
    said = {MISTAKES[mistake][2] for mistake in SILENT}
    assert len(said) == len(SILENT) == 5
    assert diagnosis(student()) == ""


# Made-up mistakes, so that every row of the tables is said of something: (right, wrong, what is said).
DB, DWX = 'self.grads["b"] += da.sum(axis=0)', 'self.grads["Wx"] += v[t].T @ da'
DX, DH = "dx[t] = da @ Wx.T", "dh = dh_above[t] + dh_next"
KEPT = "            f, m, n = kept[t]\n"
NEXT = KEPT + "            dh_next = dh_next * "
SLOPE = "df * f * (1 - f)"
MADE_UP = [
    (DB, f"{DB} * 0", "all zeros: db."),
    (DB, 'self.grads["b"] -= da.sum(axis=0)', "db: right but for its sign (factor -1)"),
    (DWX, f"{DWX} / 12", "dWx: T N = 12 times too small"),
    (DWX, f"{DWX} * 2", "dWx: 2 times too large"),
    (DB, f"{DB} * 0.3", "db: 0.3 times as large as it should be"),
    ("else dx, dh_next", "else dx[::-1].copy(), dh_next", "dx: right with its time steps in reverse order"),
    (DB, 'self.grads["b"] += np.roll(da.sum(axis=0), H)', "db: blocks f and n have changed places"),
    (KEPT, KEPT + "            f = f * np.nan\n", "NaN or infinity in dWx, dWh, db, dx and"),
    (DB, f"{DB} * np.nan", "NaN or infinity in db. Look at"),
    # One step.
    (DH, "dh = dh_above[t] + 0 * dh_next", "in h is ignored: dh_next is dropped or overwritten"),
    (DH, "dh = dh_above[t] * 0 + dh_next", "dh_above[t], is ignored"),
    (DH, "dh = dh_above[t] + 2 * dh_next", "from step t+1 in h arrives 2 times too large"),
    (DH, "dh = 2 * (dh_above[t] + dh_next)", "the sum of dh_above[t] and dh_next arrives 2 times"),
    (
        DX,
        "e = dh_above[t] * f * (1 - n**2)\n"
        "            e_f = (dh_above[t] * (n - h_prev[t]) + e @ Wh_n.T * h_prev[t]) * f * (1 - f)\n"
        "            dx[t] = np.hstack([e_f, e]) @ Wx.T",
        "dx: the share from later steps (dh_next) is missing",
    ),
    ("h_prev[t].T @ da_f", "h[t].T @ da_f", "dWh, block f, is made with h[t] where h[t-1] belongs"),
    ("(1 - n**2)", "(1 - n)", "block n of dWx, dWh and db: 1 - y stands where the slope 1 - y^2 belongs"),
    ("dh * f * (1 - n**2)", "dh * (1 - n**2)", "block n of dWx, dWh and db: the factor y is missing"),
    (SLOPE, "df * f", "block f of dWx, dWh and db: the factor 1 - y is missing"),
    (SLOPE, "df", "block f of dWx, dWh and db: the factor y (1 - y) is missing"),
    (SLOPE, "df * f * f * (1 - f)", "block f of dWx, dWh and db: the factor y is there once too often"),
    (SLOPE, "df * (1 - f**2)", "1 - y^2, the slope of a tanh, stands where that of a sigmoid, y (1 - y), belongs"),
    (SLOPE, f"{SLOPE} * np.cos(f)", "block f of dWx, dWh and db: the right one times a factor for each unit"),
    ("(1 - n**2)", "np.cos(n)", "block n of dWx, dWh and db: the right one times a factor for each unit"),
    (SLOPE, "(df + df[:, ::-1]) * f * (1 - f)", "only block f of dWx, dWh and db is wrong at T = 1. Look at da_f"),
    ("dh_next = dh * (1 - f) + dm * f", "dh_next = dm * f", "dh_next lacks a direct share, one that goes"),
    ("dh_next = dh * (1 - f)", "dh_next = 2 * dh * (1 - f)", "dh_next has twice a direct share"),
    ("dh_next = dh * (1 - f)", "dh_next = 0.7 * dh * (1 - f)", "dh_next is right but for a direct share"),
    ("+ dm * f +", "+ dm +", "dh_next is right but for the share that comes back through Wh_n^T"),
    ("+ dm * f +", "+", "dh_next lacks the share that comes back through Wh_n^T: one of the ways back"),
    (
        "dh * (n - h_prev[t]) + dm", "dm", "block f of dWx, dWh and db lacks a direct share, one that goes through no",
    ),
    (
        "da_f @ Wh_f.T", "da_f @ (0.7 * Wh_f.T + 0.3 * Wh_n)",
        "right at T = 1, but for what is handed to step t-1 in h. Look at the terms of dh_next",
    ),
    (DX, "dx[t] = da @ (Wx.T + 0.1)", "only dx is wrong. Look at the product of da and Wx^T"),
    (DH, "dh = 1.3 * (dh_above[t] + dh_next)", "dh_above[t] and dh_next arrives 1.3 times as large as it should"),
    (DH, "dh = (dh_above[t] + dh_next)[:, ::-1]", "wrong at T = 1 already: dWx, dWh, db, dx and"),
    # More steps.
    (KEPT, NEXT + "(t == len(v) - 1)\n", "right at T = 1, wrong at T = 3: nothing comes back from step t+1"),
    (KEPT, NEXT + "(1 + (t < len(v) - 1))\n", "wrong at T = 3: what comes back from step t+1 is 2 times too large"),
    (
        KEPT, NEXT + "(np.arange(1, H + 1) if t < len(v) - 1 else 1)\n",
        "right at T = 1, wrong at T = 3: the gradient that comes from step t+1 is dropped in part or counted twice",
    ),
    (DB, f"{DB} * (t == 0)", "db: right at T = 1, wrong at T = 3, though dx is right: not every step's share is added"),
    (
        "else dx, dh_next", "else dx, dh_next if len(v) == 1 else dh_next * np.arange(H)",
        "the gradient of the initial h: right at T = 1, wrong at T = 3, and all else is right",
    ),
    (DX, "dx[t] = (1.3 if t == 1 else 1) * da @ Wx.T", "wrong at T = 3: dx; dx is wrong at t = 1. Look at"),
    # More rows, a second call, other sizes.
    (DB, 'self.grads["b"] += da[0]', "right for one sequence, wrong for several at T = 1 already: b"),
    (
        "Wh_f, Wh_n = Wh[:, :H], Wh[:, H:]",
        "self.old = getattr(self, 'old', Wh.copy())\n        Wh_f, Wh_n = self.old[:, :H], Wh[:, H:]",
        "right in the first call of a new cell, wrong in the second one",
    ),
    (
        DB, f"{DB} * (np.arange(2 * H) if v.shape[:2] == (3, 4) else 1)",
        "wrong: db; right: dWx, dWh, dx and the gradient of the initial h; smaller sizes show nothing",
    ),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NaN, as the command does
@pytest.mark.parametrize("right, wrong, says", MADE_UP, ids=lambda text: text[-50:])
def test_a_made_up_mistake_gets_the_row_that_fits(right, wrong, says, student):
    assert says in diagnosis(student(right, wrong, "fn"))


def test_a_wrong_forward_pass_is_told_apart_from_a_wrong_backward_pass(monkeypatch):
    class Louder(CELLS["rnn"]):
        def forward(self, x, state=None):
            h, last = super().forward(x, state)
            return h * 2, last

    monkeypatch.setitem(CELLS, "rnn", Louder)
    says = (
        "the forward pass and the reference part first in h at t = 0, the first step; backward does not fit it either"
    )
    assert says in diagnosis("rnn")

    class Doubled(Louder):
        def backward(self, dh, dstate=None):
            return super().backward(2 * dh, dstate)

    monkeypatch.setitem(CELLS, "rnn", Doubled)
    assert "in h at t = 0, the first step; backward fits it. Look at forward first" in diagnosis("rnn")


def test_a_bidirectional_cell_is_explained_by_its_halves(monkeypatch):
    class Half(CELLS["rnn"]):
        def backward(self, dh, dstate=None):
            before = self.grads["b"].copy()
            returned = super().backward(dh, dstate)
            self.grads["b"] += self.grads["b"] - before
            return returned

    monkeypatch.setitem(CELLS, "rnn", Half)
    monkeypatch.setattr(CELLS["birnn"], "kind", Half)
    assert diagnosis("birnn").splitlines()[0] == "its halves, each a rnn, are wrong"
    assert "db: 2 times too large" in diagnosis("birnn")


def test_errors_smaller_than_a_fit_are_not_explained_away(student):
    said = diagnosis(student('self.grads["b"] += da.sum(axis=0)', 'self.grads["b"] += (1 + 1e-8) * da.sum(axis=0)'))
    assert said.startswith("db: 1.00000001 times as large as it should be")
    noise = 'self.grads["b"] += da.sum(axis=0) * (1 + 1e-8 * np.sin(np.arange(2 * H)))'
    assert diagnosis(student(DB, noise)).startswith("block 1 of db: the right one times a factor for each unit")
