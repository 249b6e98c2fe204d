"""The tables of docs/many-machines.md are what the model of cost prints."""

import subprocess
import sys

import pytest
from conftest import ROOT
from mpiexec import needs_mpi

sys.path.append(str(ROOT / "benchmarks"))

from scaling_model import DEFAULT, LINKS, efficiency, exchange, tables

BEGIN, END = "<!-- what python benchmarks/scaling_model.py prints -->\n", "\n<!-- end -->"


def test_the_tables_of_the_page_are_what_the_model_prints():
    page = (ROOT / "docs" / "many-machines.md").read_text(encoding="utf-8")
    printed = page.partition(BEGIN)[2].partition(END)[0]
    assert printed == tables(100, LINKS, DEFAULT), "write them again: python benchmarks/scaling_model.py"


def test_the_model_says_what_was_measured_between_two_ranks():
    memory, tcp, _ = LINKS
    assert abs(1e3 * exchange(2, memory, DEFAULT) - 5.7) < 0.6
    assert abs(1e3 * exchange(2, tcp, DEFAULT) - 26) < 3


def test_efficiency_falls_with_ranks_and_rises_with_rows():
    for link in LINKS:
        falling = [efficiency(R, 800, link, DEFAULT) for R in (2, 4, 8, 16, 32, 64)]
        assert falling == sorted(falling, reverse=True) and 0 < falling[-1] and falling[0] < 1
        assert efficiency(8, 100, link, DEFAULT) < efficiency(8, 800, link, DEFAULT)


@pytest.mark.slow
@needs_mpi
def test_the_benchmark_of_ranks_measures_the_exchange():
    command = [sys.executable, ROOT / "benchmarks/ranks.py", "--only=exchange", "--rounds=1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0 and result.stdout.count("exchange of") == 3, result.stderr
