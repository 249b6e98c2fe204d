"""The benchmarks start, and the memory that a layer keeps is counted."""

import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

from benchmarks.memory import kept
from cells import CELLS

PROGRAMS = sorted(path.name for path in (ROOT / "benchmarks").glob("*.py") if "def main" in path.read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_every_benchmark_says_how_it_is_called(name):
    if name == "agreement.py":
        pytest.importorskip("torch", reason="this benchmark compares with PyTorch")
    command = [sys.executable, ROOT / "benchmarks" / name, "--help"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert f"python benchmarks/{name}" in result.stdout


@pytest.mark.slow
def test_the_search_of_dynamic_rates_prints_a_loss_for_every_pair(trained):
    command = [sys.executable, ROOT / "benchmarks" / "dynamic_search.py", trained, "--symbols", "300"]
    result = subprocess.run([*command, "--rates", "1e-4,4e-3"], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    first, heading, *rows = result.stdout.splitlines()
    assert first.startswith("static ") and heading.count("decay") == 3
    losses = [list(map(float, row.split())) for row in rows]
    assert [row[0] for row in losses] == [1e-4, 4e-3] and all(len(row) == 4 for row in losses)
    assert losses[1][1] < losses[0][1]


@pytest.mark.parametrize("name", CELLS)
def test_what_a_cell_keeps_grows_with_the_batch(name):
    """It grows by a few float32 arrays (T, N, H), and by arrays (T, N), which are small."""
    cell = CELLS[name](128, 128, rng=np.random.default_rng(0))
    size = (kept(cell, 24) - kept(cell, 8)) / (50 * 16 * 128 * 4)
    assert 3 < size < 30 and size % 1 < 0.25
