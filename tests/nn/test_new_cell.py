"""A cell in one file, with three states and no `steps`, goes wherever the cells of the project go.

The cell is tests/support/three_states.py; nothing else in the project knows it.
"""

import pickle

import numpy as np
import pytest
from conftest import ROOT, assert_refused, run_in_process
from three_states import NAME, add_three_states

from cells import CELLS
from minrnn.nn.build import build

FILE = ROOT / "tests" / "support" / "three_states.py"
SMALL = (
    "--cell", NAME, "--layers", 2, "--hidden", 12, "--batch-size", 6, "--seq-len", 9, "--shards", 2, "--threads", 1,
    "--schedule", "constant", "--seed", 1, "--quiet",
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def registered():
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield add_three_states(monkeypatch)


@pytest.fixture(scope="module")
def trained(text_file, tmp_path_factory):
    """The folder of a run of 30 steps."""
    place = tmp_path_factory.mktemp("new")
    result = run_in_process("train.py", text_file, *SMALL, "--steps", 30, "--out", place / "whole", cwd=place)
    assert result.returncode == 0, result.stderr
    return place / "whole"


def test_gradcheck_judges_it_as_a_file_and_class(script, monkeypatch):
    # Not under its name in CELLS, so that it is what a user's own file would be.
    monkeypatch.delitem(CELLS, NAME)
    known = dict(CELLS)
    try:
        result = script("minrnn.gradcheck", "--cell", f"{FILE}:ThreeStates")
    finally:
        CELLS.clear()
        CELLS.update(known)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.endswith("every gradient is right\n") and "initial state.2" in result.stdout


def test_its_state_has_three_arrays_in_a_checkpoint(trained):
    saved = pickle.loads((trained / "last.pkl").read_bytes())
    for shard in saved["progress"]["states"]:
        assert [len(state) for state in shard] == [3, 3]
        assert all(part.any() for state in shard for part in state)


def test_a_resumed_run_has_the_weights_and_states_of_one_that_never_stopped(trained, text_file, script, tmp_path):
    assert script("train.py", text_file, *SMALL, "--steps", 12, "--out", "half").returncode == 0
    result = script("train.py", "--resume", "--out", "half", "--steps", 30, "--quiet", "--threads", 1)
    assert result.returncode == 0, result.stderr
    whole, half = (pickle.loads((folder / "last.pkl").read_bytes()) for folder in (trained, tmp_path / "half"))
    assert whole["progress"]["step"] == half["progress"]["step"] == 30
    for name, w in whole["weights"].items():
        assert w.tobytes() == half["weights"][name].tobytes(), name
    for a, b in zip(whole["progress"]["states"], half["progress"]["states"]):
        np.testing.assert_array_equal(a, b)


def test_it_learns_writes_and_scores(trained, text_file, script):
    loss = float((trained / "log.csv").read_text().splitlines()[-1].split(",")[4])
    assert loss < 3 < np.log(25)
    written = script("sample.py", trained, "--length", 40, "--num", 2, "--seed", 3)
    assert written.returncode == 0 and len(written.stdout) > 80, written.stderr
    scored = script("sample.py", trained, "--score", text_file)
    assert scored.returncode == 0, scored.stderr
    assert float(scored.stdout.split()[3]) < loss


@pytest.mark.parametrize("embed", [0, 7])
def test_one_symbol_at_a_time_it_computes_the_same(embed, rng):
    model = build(dict(V=5, cell=NAME, layers=2, hidden=6, embed=embed), rng, np.float64)
    x, here = rng.integers(0, 5, (4, 3)), np.zeros((1, 3), int)
    _, state = model.forward(rng.integers(0, 5, (2, 3)))
    expected, _ = model.forward(x, state)
    logits, step = model.stepper(here, state)
    for t in range(4):
        here[0] = x[t]
        step()
        np.testing.assert_allclose(logits, expected[t], atol=1e-13)


@pytest.mark.slow
def test_inspect_shows_all_its_states(trained, text_file, script):
    result = script("minrnn.inspect", trained, "--text", text_file, "--symbols", 200, "--lags", 5)
    assert result.returncode == 0, result.stderr
    page = (trained / "inspect" / "page.html").read_text(encoding="utf-8")
    assert all(f'"{name}"' in page for name in "hcsfg")


def test_the_export_refuses_it_by_its_name(trained, script):
    pytest.importorskip("onnx", reason="the export needs the package onnx")
    assert_refused(script("minrnn.export", trained, "model.onnx"), f"cell {NAME}", "rnn, gru or lstm")
