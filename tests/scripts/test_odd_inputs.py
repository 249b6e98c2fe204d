"""Odd inputs: each one succeeds, or ends in one line that says what was given and what to do. No file is lost.

The cases are the tables in odd_training.py, odd_texts.py, odd_places.py and odd_sampling.py of tests/support.
"""

import hashlib
import os
import shutil
import subprocess
import sys

import pytest
from conftest import assert_refused

if not hasattr(os, "mkfifo"):
    pytest.skip("the cases make named pipes, which Windows lacks", allow_module_level=True)

from odd import CATS, SMALL, put
from odd_places import PLACES
from odd_sampling import SAMPLES
from odd_texts import TEXTS
from odd_training import OPTIONS
from programs import command_line, run_in_process

TABLES = {"options": OPTIONS, "texts": TEXTS, "places": PLACES, "samples": SAMPLES}
CASES = {f"{table}: {name}": case for table, cases in TABLES.items() for name, case in cases.items()}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the cases use /proc, /dev/full and ulimit")

RUNS = {
    "lstm": ["--cell", "lstm", "--keep", "1", "--eval-every", "2", "--steps", "4"],
    "bigru": ["--cell", "bigru"],
    "word": ["--level", "word"],
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with cats.txt and a small finished run of each kind."""
    place = tmp_path_factory.mktemp("finished")
    (place / "cats.txt").write_text(CATS)
    sizes = [x for pair in SMALL.items() for x in pair]
    for name, options in RUNS.items():
        arguments = ("cats.txt", *sizes, *options, "--quiet", "--out", name)
        assert run_in_process("train.py", *arguments, cwd=place).returncode == 0
    return place


def snapshot(folder):
    """Everything below a folder: {path: hash of a file, target of a link, or kind of anything else}."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_symlink():
            found[path] = os.readlink(path)
        elif path.is_file():
            found[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[path] = "folder" if path.is_dir() else "special"
    return found


def run(case, folder, in_process):
    if in_process:
        return run_in_process(case.script, *case.arguments, cwd=folder)
    return subprocess.run(
        ["bash", "-c", case.around, "bash", *command_line(case.script, case.arguments)],
        capture_output=True, text=True, encoding="utf-8", errors="replace", cwd=folder, env=case.environment(),
        timeout=120,
    )  # fmt: skip


def check(case, finished, folder, in_process):
    for name in case.runs:
        shutil.copytree(finished / name, folder / name)
        shutil.copy(finished / "cats.txt", folder)
    for name, content in case.files.items():
        put(folder / name, content)
    before = snapshot(folder)
    result = run(case, folder, in_process)
    after = snapshot(folder)
    assert "Traceback" not in result.stderr, result.stderr
    if case.words:
        assert_refused(result, *case.words)
        assert after == before
        return
    assert result.returncode == 0, result.stderr
    case.check(result, folder)
    lost = [str(path) for path in before if after.get(path) != before[path]]
    assert [name for name in lost if not name.startswith(tuple(str(folder / c) for c in case.changes))] == []


def chosen(wanted):
    return [pytest.param(case, id=name, marks=[pytest.mark.slow] * case.slow) for name, case in wanted]


IN_PROCESS = [(name, case) for name, case in CASES.items() if not case.needs_process]
OTHERS = [(name, case) for name, case in CASES.items() if case.needs_process]


@pytest.mark.parametrize("case", chosen(IN_PROCESS))
def test_odd_input_succeeds_or_is_refused_in_one_line(case, finished, tmp_path):
    check(case, finished, tmp_path, in_process=True)


@pytest.mark.slow
@pytest.mark.parametrize("case", chosen(OTHERS + IN_PROCESS[::12]))
def test_odd_input_to_a_new_process_succeeds_or_is_refused_in_one_line(case, finished, tmp_path):
    """All cases with limits, streams or an environment of their own, and some of the others."""
    check(case, finished, tmp_path, in_process=False)


def test_there_are_many_cases():
    print(f"{len(CASES)} odd inputs")
    assert len(CASES) >= 60
