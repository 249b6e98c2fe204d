"""docs/bug-museum.md keeps its word: every bug on show fits the code, and its check fails because of it.

The page is the only source. Each bug is put into a copy of the project, where its check runs as plain
Python in a process of its own; in a copy without the bug the same check must pass.
"""

import os
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

from benchmarks.exhibits import PAGE, copy_tree, exhibits, spoil
from cells import RNN

EXHIBITS = exhibits()
TEXT = PAGE.read_text(encoding="utf-8")
PYTEST = ["-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]


def run_check(command, folder):
    """Runs `pytest ...` or `python ...` there; returns (exit status, all that it printed)."""
    name, *arguments = shlex.split(command)
    assert name in ("pytest", "python")
    result = subprocess.run(
        [sys.executable, *(PYTEST if name == "pytest" else []), *arguments],
        cwd=folder, env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
    )  # fmt: skip
    return result.returncode, result.stdout


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """Runs a check where nothing is wrong, each once."""
    folder, outcomes = copy_tree(tmp_path_factory.mktemp("museum") / "right"), {}

    def run(command):
        if command not in outcomes:
            outcomes[command] = run_check(command, folder)
        return outcomes[command]

    return run


@pytest.mark.slow
@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda e: e.name)
def test_the_check_of_an_exhibit_fails_for_the_reason_that_the_page_names(exhibit, right, tmp_path):
    command, says = exhibit.catches
    beginning = says.removesuffix(" ...")
    status, output = right(command)
    assert status == 0 and beginning not in output, output
    folder = copy_tree(tmp_path / "wrong")
    spoil(folder, exhibit)
    status, output = run_check(command, folder)
    assert status == 1, output
    # What is wrong is a result, and not the way to it.
    errors = set(re.findall(r"^(?:E +)?(\w+(?:Error|Exception))\b", output, re.M))
    assert errors <= {"AssertionError"}, output
    assert beginning in output, output
    if says.startswith("WRONG"):
        # A line is quoted whole, or ends in dots.
        line = output.splitlines()[-1]
        assert line.startswith(beginning) and (line == beginning) == (says == beginning), line


def test_every_exhibit_is_on_the_list_and_has_its_picture(capsys):
    listed = re.findall(r"^\| \[(.+)\]\(#(.+?)\) \|", TEXT, re.M)
    assert listed == [(e.title, e.anchor) for e in EXHIBITS]
    assert TEXT.count("```diff") == len(EXHIBITS) == len({e.name for e in EXHIBITS}) >= 20
    pictures = {path.stem: path.stat().st_size for path in (ROOT / "docs" / "museum").glob("*.png")}
    assert pictures.keys() == {e.name for e in EXHIBITS}
    assert max(pictures.values()) < 20_000
    with capsys.disabled():
        print(f"\n{len(EXHIBITS)} exhibits of the bug museum, each with a diff, a check and a picture")


@pytest.mark.slow
def test_a_dx_without_the_future_is_seen_in_dx_itself_and_in_no_model_of_one_layer(tmp_path):
    (exhibit,) = (e for e in EXHIBITS if e.name == "dx-without-the-future")
    folder = copy_tree(tmp_path / "wrong")
    spoil(folder, exhibit)
    _, output = run_check("python -m minrnn.gradcheck --cell rnn", folder)
    assert output.splitlines()[-1] == "WRONG: input x"


@pytest.mark.parametrize("T, exact", [(6, True), (7, False), (40, False)])
def test_going_back_five_steps_is_exact_for_six_steps_and_no_more(T, exact, rng):
    cell = RNN(3, 8, np.float64, rng)
    x, dh_above = rng.standard_normal((T, 1, 3)), rng.standard_normal((T, 1, 8))
    cell.forward(x)
    cell.backward(dh_above)
    whole = {name: g.copy() for name, g in cell.grads.items()}
    for g in cell.grads.values():
        g[:] = 0
    for t in range(T):  # every loss alone goes back over its own step and the five before it
        first = max(0, t - 5)
        state = cell.forward(x[:first])[1] if first else None
        cell.forward(x[first : t + 1], state)
        cell.backward(np.concatenate([np.zeros((t - first, 1, 8)), dh_above[t : t + 1]]))
    errors = [abs(cell.grads[name] - g).max() / abs(g).max() for name, g in whole.items()]
    assert max(errors) < 1e-13 if exact else 1e-9 < max(errors) < 0.1


def test_the_page_and_the_readme_count_the_exhibits():
    owners = re.compile("nicklashansen|eriklindernoren|revsic|udacity|uyaseen|explosion")
    sections = [s for s in re.split(r"^## ", TEXT, flags=re.M) if "```diff" in s]
    assert sum(bool(owners.search(section)) for section in sections) == 9
    assert "nine of those below, or very similar ones, have been seen" in TEXT.replace("\n", " ")
    assert f"{len(EXHIBITS)} classic bugs, most of them in backward" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("wrong", ["", "  a line that is not there\n", "         for j in range(H):\n"])
def test_a_diff_that_does_not_fit_exactly_once_is_refused(wrong, tmp_path):
    exhibit = EXHIBITS[0]
    exhibit = type(exhibit)(exhibit.name, exhibit.title, exhibit.diff + "@@\n" + wrong, exhibit.catches, "")
    with pytest.raises(ValueError, match="expected once in"):
        spoil(copy_tree(tmp_path / "tree"), exhibit)
