"""Files that were made to do harm: each is refused with one line, quickly, and nothing but reading happens."""

import json
import os
import subprocess
import sys

import hostile
import pytest
from checkpoints import sealed, small_checkpoint
from conftest import ROOT

pytestmark = pytest.mark.slow

MB = 1 << 20
READER = hostile.executions() | hostile.arrays() | hostile.bombs() | hostile.malformed() | hostile.other_files()
CONTENTS = hostile.changed(small_checkpoint())
COUNT = 200
# These are read, and are no checkpoints.
HARMLESS = ("None", "a list", "an empty dict", "texts shared a million times", "4 million memos")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """{what: (size of the file, outcome of loading it)}, each in its own process."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = {}
    for k, (what, body) in enumerate((READER | CONTENTS).items()):
        paths[what] = folder / f"{k}.pkl"
        paths[what].write_bytes(sealed(body))
    paths["valid"] = folder / "valid.pkl"
    paths["valid"].write_bytes(sealed(hostile.pickle.dumps(small_checkpoint(), protocol=4)))
    command = [sys.executable, ROOT / "tests" / "support" / "hostile_child.py", *paths.values()]
    result = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=500)
    lines = result.stdout.splitlines()
    assert len(lines) == len(paths), result.stderr
    assert not (folder / "sprung").exists()
    return {what: (os.path.getsize(path), json.loads(line)) for (what, path), line in zip(paths.items(), lines)}


def test_there_are_many_hostile_files_and_the_watched_process_loads_a_good_one(outcomes):
    print(f"{len(READER)} hostile pickles, {len(CONTENTS)} hostile contents")
    assert len(READER) + len(CONTENTS) >= COUNT
    assert outcomes["valid"][1]["outcome"] == "loaded"


@pytest.mark.parametrize("what", [*READER, *CONTENTS])
def test_a_hostile_file_is_refused(what, outcomes):
    size, told = outcomes[what]
    outcome = told["outcome"]
    if what in READER and what not in HARMLESS:
        assert "cannot be unpickled safely" in outcome
    else:
        assert any(words in outcome for words in ("cannot be used: it", "not a minrnn checkpoint", " has ")), outcome
    assert ".pkl" in outcome and "\n" not in outcome and len(outcome) < 400
    assert told["memory"] <= 3 * size + 64 * MB
    assert told["seconds"] < 1 + size / MB


def test_the_largest_memory_is_printed(outcomes):
    size, told = max(outcomes.values(), key=lambda found: found[1]["memory"] - 3 * found[0])
    print(f"most memory beyond three times the file: {(told['memory'] - 3 * size) / MB:.1f} MB of {size / MB:.1f} MB")
    assert max(told["seconds"] for _, told in outcomes.values()) > 0
