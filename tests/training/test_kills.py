"""A run that is killed at any moment and resumed ends with the same bytes as one that is not."""

import hashlib
import json
import random
import subprocess
import sys

import pytest
from conftest import ROOT

from minrnn import checkpoint

pytestmark = pytest.mark.slow

KILLS = 50
RUN = (
    "--hidden", "12", "--layers", "2", "--cell", "gru", "--dropout", "0.2", "--batch-size", "6", "--seq-len", "9",
    "--steps", "160", "--eval-every", "20", "--log-every", "7", "--sample-every", "0", "--keep", "2", "--schedule",
    "plateau", "--decay-patience", "1", "--threads", "1", "--shards", "2", "--seed", "3", "--quiet",
)  # fmt: skip


@pytest.fixture
def train_quickly(text_file, tmp_path):
    """train_quickly(seconds, *arguments) -> (exit status, seconds, stderr): see quick_runs.py."""
    command = [sys.executable, ROOT / "tests" / "support" / "quick_runs.py", text_file, *RUN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as server:

        def run(*order):
            print(json.dumps(order), file=server.stdin, flush=True)
            return json.loads(server.stdout.readline())

        yield run
        server.stdin.close()


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_run_killed_fifty_times_at_random_ends_with_the_same_bytes(train_quickly, text_file, tmp_path):
    rnd = random.Random(5)
    begin = (str(text_file), *RUN, "--out")
    for name in ("whole", "again"):
        status, seconds, err = train_quickly(None, *begin, f"{name}/run")
        assert (status, err) == (0, "")
    whole = digests(tmp_path / "whole" / "run")
    assert {"last.pkl", "best.pkl", "log.csv", "loss.png", "step-00000160.pkl"} <= whole.keys()
    assert digests(tmp_path / "again" / "run") == whole

    kills, runs, unfinished = 0, 0, 0
    while kills < KILLS:
        runs += 1
        folder, status, latest = tmp_path / str(runs) / "run", None, 0.6 * seconds
        while status != 0:
            # With another number of threads each time.
            arguments = ["--resume", "--quiet", "--threads", str(1 + kills % 3), "--out", f"{runs}/run"]
            if not (folder / "last.pkl").exists():
                arguments = [*begin, f"{runs}/run"]
            status, _, err = train_quickly(rnd.uniform(0, latest), *arguments)
            latest *= 1.1  # so that every run gets on, also where starting takes most of the time
            assert status in (0, -9), err
            kills += status == -9
            unfinished += any(path.suffix == ".tmp" for path in folder.glob(".*"))
            for path in folder.glob("*.pkl"):
                checkpoint.load(path)
        assert digests(folder) == whole
    print(f"{kills} kills in {runs} runs of {seconds:.2f} s, {unfinished} of them while a file was written")
