"""A first start says that it compiles, a second one has nothing to compile, and a lack of any cache is told."""

import importlib
import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, assert_refused
from numba import njit
from numba.core.event import unregister

from minrnn.system.compiling import KEPT, NOT_KEPT, announce_compiling

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("cache, line", [(True, KEPT), (False, NOT_KEPT)])
def test_it_is_said_once(cache, line, tmp_path, monkeypatch):
    (tmp_path / "fresh.py").write_text("def f(x):\n    return x + 1\n")  # No other test has left it in a cache.
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "fresh", raising=False)
    f = importlib.import_module("fresh").f
    said = []
    listener = announce_compiling(said.append)
    try:
        for _ in range(2):
            njit(cache=cache)(f)(1)
    finally:
        unregister("numba:compile", listener)
    assert said == [line]


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


@pytest.fixture(scope="module")
def unwritable(tmp_path_factory):
    """A copy of the checkout in which no kernel can be kept, not even by root, and how to run its scripts."""
    folder = tmp_path_factory.mktemp("unwritable")
    for name in ("train.py", "sample.py"):
        shutil.copy(ROOT / name, folder)
    for name in ("minrnn", "cells", "optim", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for part in [path for path in folder.rglob("*") if path.is_dir()]:
        (part / "__pycache__").touch()
    env = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")} | {"HOME": "/proc"}

    def run(*arguments, **settings):
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(command, cwd=folder, env=env | settings, capture_output=True, text=True, timeout=120)

    return run


def test_without_any_folder_for_a_cache_everything_runs_and_says_so_once(unwritable, text_file, tmp_path):
    small = ["--cell", "rnn", "--hidden", 4, "--batch-size", 2, "--seq-len", 4, "--steps", 2, "--optimizer", "sgd"]
    result = unwritable("train.py", text_file, *small, "--out", tmp_path / "run")
    assert result.returncode == 0, result.stderr
    assert result.stderr.count(NOT_KEPT) == 1 and KEPT not in result.stderr
    result = unwritable("sample.py", tmp_path / "run", "--length", 5, "--greedy")
    assert result.returncode == 0 and len(result.stdout) == 5
    assert result.stderr.count(NOT_KEPT) == 1 and KEPT not in result.stderr


def test_optimizers_alone_need_no_folder_for_a_cache(unwritable):
    code = "import numpy, optim; p = numpy.ones(3); optim.Adam(3).step(p, p.copy()); print(p[0] < 1)"
    result = unwritable("-c", code)
    assert result.stdout == "True\n", result.stderr


@pytest.mark.parametrize("command", [["train.py"], ["sample.py"], ["-m", "minrnn.gradcheck"], ["-m", "minrnn.inspect"]])
def test_help_needs_no_folder_for_a_cache(command, unwritable):
    result = unwritable(*command, "--help")
    assert result.returncode == 0 and result.stdout.startswith("usage:") and not result.stderr


def test_wrong_options_are_told_without_a_folder_for_a_cache(unwritable):
    assert_refused(unwritable("train.py", "--hidden", "0"), "--hidden")


def test_the_optimizer_of_a_run_has_the_cache_of_the_cells(unwritable, text_file, tmp_path):
    """Then a damaged file of its kernels is compiled anew, too."""
    code = (
        "import sys, train; sys.argv[1:] = sys.argv[1].split(); train.main(); from optim import adam;"
        "print(type(adam.update._cache).__name__)"
    )
    options = f"{text_file} --hidden 4 --batch-size 2 --seq-len 4 --steps 1 --out {tmp_path / 'run'}"
    result = unwritable("-c", code, options, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    assert result.stdout.endswith("\nKernelCache\n"), result.stderr
