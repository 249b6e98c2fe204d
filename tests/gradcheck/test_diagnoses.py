"""Wrong gradients get the diagnosis that fits: mistakes of students, the exhibits of the bug museum, made-up ones."""

import sys

import pytest
from mgu import MGU, MISTAKES, SILENT

from cells import CELLS
from minrnn.gradcheck.check_cell import check_cell
from minrnn.gradcheck.contract import check_contract
from minrnn.gradcheck.explain import explain_cell
from minrnn.gradcheck.find import find
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
