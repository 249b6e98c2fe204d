"""A first start says that it compiles, a second one has nothing to compile, and no kernel is older than its source."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT
from numba import njit
from numba.core.event import install_listener

from minrnn.system.compiling import Announcement

pytestmark = pytest.mark.slow


def cached_in(folder):
    """An environment in which Numba's cache is this folder."""
    return {**os.environ, "NUMBA_CACHE_DIR": str(folder)}


def test_it_is_said_once():
    said = []
    with install_listener("numba:compile", Announcement(said.append)):
        for _ in range(2):
            njit(lambda x: x + 1)(1)
    assert len(said) == 1


def test_only_the_first_start_compiles(trained, tmp_path):
    command = [sys.executable, "sample.py", str(trained / "last.pkl"), "--length", "5", "--greedy"]
    first, second = (
        subprocess.run(
            command, env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}, cwd=ROOT, capture_output=True, text=True
        )
        for _ in range(2)
    )
    assert first.returncode == second.returncode == 0
    assert first.stderr.count("compiling") == 1 and "compiling" not in second.stderr
    assert len(first.stdout) == len(second.stdout) == 5


@pytest.mark.parametrize("chosen", [False, True], ids=["beside the source", "NUMBA_CACHE_DIR"])
def test_a_change_in_a_file_that_kernels_inline_is_noticed(chosen, tmp_path):
    shutil.copytree(ROOT / "cells", tmp_path / "cells", ignore=shutil.ignore_patterns("__pycache__"))
    code = (
        "import numpy as np; from cells import RNN; cell = RNN(2, 3, rng=np.random.default_rng(0));"
        "print(float(cell.forward(np.ones((1, 1, 2)))[0].sum()))"
    )
    env = cached_in(tmp_path / "cache") if chosen else {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}

    def result():
        run = subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, check=True)
        return float(run.stdout)

    before = result()
    assert result() == before
    source = tmp_path / "cells" / "activations.py"
    source.write_text(source.read_text().replace("return x * p / q", "return HALF * x * p / q"))
    assert result() == pytest.approx(before / 2)
