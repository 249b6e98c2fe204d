"""What a command can say without computing, it says without importing Numba, which takes longer than the rest."""

import subprocess
import sys

import pytest
from conftest import ROOT, assert_refused

pytestmark = pytest.mark.slow

COMMANDS = [
    "train.py",
    "sample.py",
    *(f"minrnn.{path.parent.name}" for path in sorted(ROOT.glob("minrnn/*/__main__.py"))),
]
WITHOUT_NUMBA = """
import runpy, sys

class NoNumba:
    def find_spec(self, name, path=None, target=None):
        if name in ("numba", "llvmlite"):
            raise RuntimeError(f"{name} is imported")

sys.meta_path.insert(0, NoNumba())
del sys.argv[0]
run = runpy.run_path if sys.argv[0].endswith(".py") else runpy.run_module
run(sys.argv[0], run_name="__main__")
"""


def without_numba(*arguments):
    return subprocess.run([sys.executable, "-c", WITHOUT_NUMBA, *arguments], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_imports_no_numba(command):
    result = without_numba(command, "--help")
    assert result.returncode == 0 and result.stdout.startswith("usage:"), result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_help_works_without_docstrings(command):
    how = [command] if command.endswith(".py") else ["-m", command]
    result = subprocess.run([sys.executable, "-OO", *how, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0 and result.stdout.startswith("usage:") and not result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_option_is_told_before_numba_is_imported(command):
    assert_refused(without_numba(command, "--no-such-option"))


def test_presets_are_listed_without_numba():
    result = without_numba("train.py", "--list-presets")
    assert result.returncode == 0 and result.stdout, result.stderr


def test_these_tests_notice_numba():
    assert "numba is imported" in without_numba("minrnn.nn.output").stderr
