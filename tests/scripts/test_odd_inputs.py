"""Hostile users: each odd input ends well, or in one line that says what was given and what to do, with nothing lost.

The cases are the tables of odd_training, odd_texts, odd_places and odd_sampling, one process each.
"""

import hashlib
import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, assert_refused
from odd import CATS, SMALL, put
from odd_places import PLACES
from odd_sampling import SAMPLES
from odd_texts import TEXTS
from odd_training import OPTIONS

TABLES = {"options": OPTIONS, "texts": TEXTS, "places": PLACES, "samples": SAMPLES}
CASES = {f"{table}: {name}": case for table, cases in TABLES.items() for name, case in cases.items()}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the cases use /proc, /dev/full and ulimit"),
]

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
    for name, options in RUNS.items():
        sizes = [str(x) for pair in SMALL.items() for x in pair]
        command = [sys.executable, ROOT / "train.py", "cats.txt", *sizes, *options, "--quiet", "--out", name]
        subprocess.run(command, check=True, cwd=place, timeout=120)
    return place


def snapshot(folder):
    """What is in a folder, however deep: {path: hash of a file, target of a link, or kind of anything else}."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_symlink():
            found[path] = os.readlink(path)
        elif path.is_file():
            found[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[path] = "folder" if path.is_dir() else "special"
    return found


def run(case, folder):
    command = [sys.executable, ROOT / case.script, *map(str, case.arguments)]
    return subprocess.run(
        ["bash", "-c", case.around, "bash", *command],
        capture_output=True, text=True, encoding="utf-8", errors="replace", cwd=folder, env=case.environment(),
        timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_odd_input_ends_well_or_in_one_line_with_nothing_lost(case, finished, tmp_path):
    for name in case.runs:
        shutil.copytree(finished / name, tmp_path / name)
        shutil.copy(finished / "cats.txt", tmp_path)
    for name, content in case.files.items():
        put(tmp_path / name, content)
    before = snapshot(tmp_path)
    result = run(case, tmp_path)
    after = snapshot(tmp_path)
    assert "Traceback" not in result.stderr, result.stderr
    if case.words:
        assert_refused(result, *case.words)
        assert after == before
        return
    assert result.returncode == 0, result.stderr
    case.check(result, tmp_path)
    lost = [str(path) for path in before if after.get(path) != before[path]]
    assert [name for name in lost if not name.startswith(tuple(str(tmp_path / c) for c in case.changes))] == []


def test_there_are_many_cases():
    print(f"{len(CASES)} odd inputs")
    assert len(CASES) >= 60
