"""The command `python -m minrnn.unroll`: what it writes, cells of one's own, and one line for what cannot be drawn."""

import re
import sys

import pytest
from conftest import ROOT, assert_refused

from cells import CELLS
from minrnn.unroll import __main__ as command
from minrnn.unroll.command import LARGEST
from minrnn.unroll.diagram import diagram

PAGE = (ROOT / "docs" / "unroll.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"(    \(1\)  a\[t\].*?db = sum_t da\[t\]\n)", PAGE, re.S)[1]
OWN = f'''"""A cell of one's own.

Forward:
{EXAMPLE}"""

import numpy as np

from cells.cell import Cell
from cells.kernels.inputs import flat


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class Mine(Cell):
    @staticmethod
    def shapes(D, H):
        return {{"Wx": (D, 2 * H), "Wh": (H, 2 * H), "b": (2 * H,)}}

    def forward(self, x, state=None):
        x, p = self.checked(x), self.params
        h_prev, h = self.trajectory("h", state, *x.shape[:2])
        z, n = np.empty(h.shape, self.dtype), np.empty(h.shape, self.dtype)
        for t in range(len(x)):
            a = x[t] @ p["Wx"] + h_prev[t] @ p["Wh"] + p["b"]
            z[t], n[t] = sigmoid(a[:, : self.H]), np.tanh(a[:, self.H :])  # (2)
            h[t] = (1 - z[t]) * n[t] + z[t] * h_prev[t]  # (3)
        self.cache = x, h_prev, h, z, n
        return h, h[-1].copy()

    def backward(self, dh, dstate=None):
        x, h_prev, h, z, n = self.cache
        dh, (dh_next,) = self.gradients(h, dh, dstate)
        da, dx = np.empty((*h.shape[:2], 2 * self.H), self.dtype), np.empty(x.shape, self.dtype)
        for t in reversed(range(len(x))):
            d = dh[t] + dh_next  # (3')
            da[t] = np.hstack([d * (h_prev[t] - n[t]) * z[t] * (1 - z[t]), d * (1 - z[t]) * (1 - n[t] ** 2)])
            dh_next = d * z[t] + da[t] @ self.params["Wh"].T
            dx[t] = da[t] @ self.params["Wx"].T
        self.grads["Wx"] += flat(x).T @ flat(da)
        self.grads["Wh"] += flat(h_prev).T @ flat(da)
        self.grads["b"] += flat(da).sum(axis=0)
        return dx, dh_next
'''


@pytest.fixture
def unroll(tmp_path, monkeypatch, capsys):
    """Runs the command in this process, in an empty folder: what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = dict(CELLS)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["unroll", *map(str, arguments)])
        assert command.main() == 0
        return capsys.readouterr().out

    yield run
    for name in set(CELLS) - set(before):
        del CELLS[name]


def test_the_defaults_write_a_page(unroll, tmp_path):
    assert re.fullmatch(r"written: unroll.html, \d+ equations to step through\n", unroll())
    assert 20_000 < (tmp_path / "unroll.html").stat().st_size < 100_000


def test_a_short_text_has_fewer_steps_if_nobody_asked_for_more(unroll, tmp_path):
    unroll("--text", "hi!", "--out", "short.html")
    assert "T = 2," in (tmp_path / "short.html").read_text(encoding="utf-8")


def test_a_cell_of_ones_own_has_a_page_and_a_diagram(unroll, tmp_path):
    (tmp_path / "mine.py").write_text(OWN, encoding="utf-8")
    unroll("--cell", "mine.py:Mine", "--T", "3", "--H", "3")
    page = (tmp_path / "unroll.html").read_text(encoding="utf-8")
    assert "dh = dh_above[t] + dh_next" in page and "# (3')" in page
    unroll("--cell", "mine.py:Mine", "--diagram")
    picture = (tmp_path / "unroll.svg").read_text(encoding="utf-8")
    assert "One step of Mine" in picture and "z (1 − z)" in picture


MGU_BACKWARD = """
    (3') dh = dh_above[t] + dh_next,  df = dh (n - h[t-1]),  dn = dh f,  dh_next = dh (1 - f)
    (2') da_n = dn (1 - n^2),  dm = da_n Wh_n^T,  df += dm h[t-1],  dh_next += dm f
    (1') da_f = df f (1 - f),  dh_next += da_f Wh_f^T,  dx[t] = da_f Wx_f^T + da_n Wx_n^T
         for q = f, n:  dWx_q = sum_t x[t]^T da_q,  db_q = sum_t da_q
         dWh_f = sum_t h[t-1]^T da_f,  dWh_n = sum_t m^T da_n
"""


def test_a_class_that_is_no_subclass_of_cell_and_has_only_blocks_of_parameters(unroll, tmp_path):
    """The solution of an exercise, with the backward equations that a student would write under the given ones."""
    text = (ROOT / "minrnn" / "exercise" / "solutions" / "mgu.py").read_text(encoding="utf-8")
    (tmp_path / "mgu.py").write_text(text.replace("\nYour task", MGU_BACKWARD + "\nYour task", 1), encoding="utf-8")
    unroll("--cell", "mgu.py:MGU")
    assert "df += dm h[t-1]" in (tmp_path / "unroll.html").read_text(encoding="utf-8")
    unroll("--cell", "mgu.py:MGU", "--diagram")
    assert "One step of MGU" in (tmp_path / "unroll.svg").read_text(encoding="utf-8")


def test_the_equations_may_stand_in_the_docstring_of_the_class_and_lines_are_those_of_the_file(unroll, tmp_path):
    header, rest = OWN.split('"""', 2)[1:]
    moved = rest.replace("class Mine(Cell):\n", f'class Mine(Cell):\n    """{header}"""\n\n')
    (tmp_path / "mine.py").write_text("# A comment.\n" + moved, encoding="utf-8")
    unroll("--cell", "mine.py:Mine")
    (tmp_path / "mine.py").write_text("# A comment.\n" + moved.replace("sigmoid(a_z)", "sine(a_z)"), encoding="utf-8")
    line = moved.splitlines().index("    (2)  z = sigmoid(a_z),  n = tanh(a_n)") + 2
    with pytest.raises(Exception, match=f"mine.py, line {line}: cannot read .* there is no function sine"):
        unroll("--cell", "mine.py:Mine")


@pytest.mark.parametrize(
    "right, wrong, said",
    [
        (
            "(2)  z = sigmoid(a_z)",
            "(2)  z = sigmoid(a_q)",
            "mine.py, line 5: cannot compute 'z = sigmoid.a_q.': a_q has",
        ),
        ("n = tanh(a_n)", "n = sin(a_n)", "mine.py, line 5: cannot read .* there is no function sin"),
        (
            "dz = dh (h[t-1] - n)",
            "dz = dh (n - h[t-1])",
            "of mine.py are not what its code computes: dx.0. differs",
        ),
        ("(1 - z) n + z h[t-1]", "z n + (1 - z) h[t-1]", "are not what its code computes: h.0. differs by"),
        (",  db = sum_t da[t]", "", "mine.py has no backward equation for db"),
        ("(1)", "1.", "mine.py has no numbered|cannot compute"),
        ("x[t] Wx + h[t-1] Wh + b ", "x[t] Wx + h[t-1] U + b ", "U has no value here .parameters are Wx, Wh, b."),
        ("x[t] Wx + h[t-1] Wh + b ", "x[t] Wx + Wh + b ", "cannot compute|are not what"),
    ],
)
def test_a_header_that_does_not_fit_is_told_in_one_line(right, wrong, said, unroll, tmp_path):
    assert right in OWN
    (tmp_path / "mine.py").write_text(OWN.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(Exception, match=said) as caught:
        unroll("--cell", "mine.py:Mine")
    assert caught.value.exit_status == 2 and "\n" not in str(caught.value)
    assert not (tmp_path / "unroll.html").exists()


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--T", "9"], "--T 9 is too large to draw; give at most 8"),
        (["--H", "5"], "--H 5 is too large to draw; give at most 4"),
        (["--cell", "mogrifier", "--rank", "32"], "--rank 32 is too large to draw; give at most 4"),
        (["--text", "hi", "--T", "2"], "--text has 2 characters; 3 are needed"),
        (["--text", "aaaa"], "has only one symbol"),
        (["--cell", "lst"], "there is no cell 'lst' .did you mean"),
        (["--cell", "rnn", "--tie-gates"], "--tie-gates belongs to --cell lstm or"),
        (["--cell", "lstm", "--rounds", "3"], "--rounds belongs to --cell mogrifier, not to lstm; leave it out"),
        (["--diagram", "--T", "3"], "--T is for the page"),
        (["--cell", "nothing.py:Mine"], "there is no file nothing.py"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_line(arguments, said, unroll, tmp_path):
    with pytest.raises(Exception, match=said) as caught:
        unroll(*arguments)
    assert caught.value.exit_status == 2 and "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm", "lnlstm"])
def test_the_pictures_of_the_docs_are_what_the_command_draws(name):
    path = ROOT / "docs" / f"cell-{name}.svg"
    run = f"run python -m minrnn.unroll --cell {name} --diagram --out docs/{path.name}"
    assert path.read_text(encoding="utf-8") == diagram(name, {}), run
    assert path.stat().st_size < 20_000


def test_the_page_of_docs_lists_every_option_and_the_limits():
    listed = re.findall(r"`(--[\w-]+)", "".join(line for line in PAGE.splitlines() if line.startswith("| `--")))
    actions = command.parser()._actions
    assert {*listed, "--help", "--version"} == {a.option_strings[-1] for a in actions if a.option_strings}
    assert f"time steps, at most {LARGEST['T']} " in PAGE and f"units, at most {LARGEST['H']} " in PAGE
    assert f"at most {LARGEST['transforms']}, {LARGEST['rounds']} and {LARGEST['rank']} " in PAGE


@pytest.mark.slow
def test_the_command_runs_and_refuses(process, tmp_path):
    assert "--diagram" in process("minrnn.unroll", "--help").stdout
    result = process("minrnn.unroll", "--cell", "gru", "--diagram", "--out", "gru.svg")
    assert result.returncode == 0 and (tmp_path / "gru.svg").exists()
    assert_refused(process("minrnn.unroll", "--H", "100"), "too large to draw")
