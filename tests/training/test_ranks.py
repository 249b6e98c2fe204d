"""The same run on one process and on several ranks of mpiexec: the same bytes, and one line for every failure."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import pytest
from conftest import ROOT
from runs import steps_logged

from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.system import mpi

pytest.importorskip("mpi4py")
# The one that belongs to this Python before any other.
MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
slow = pytest.mark.slow
needs_mpiexec = pytest.mark.skipif(not MPIEXEC, reason="there is no mpiexec")

SMALL = ["--hidden=6", "--layers=2", "--batch-size=9", "--seq-len=7", "--eval-every=4", "--log-every=2", "--lr=0.01"]
SMALL += ["--dropout=0.3", "--shards=4", "--sample-every=0", "--sample-length=20"]


def started(n, *arguments, cwd, program=ROOT / "train.py"):
    command = [MPIEXEC, "-n", str(n), sys.executable, str(program), *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def on_ranks(n, *arguments, cwd, program=ROOT / "train.py"):
    process = started(n, *arguments, cwd=cwd, program=program)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def contents(folder):
    """What must be the same on any number of ranks: the checkpoint without its clock, and the log without seconds."""
    saved = checkpoint.load(folder / "last.pkl")
    del saved["progress"]["seconds"]
    rows = [line.split(",") for line in (folder / "log.csv").read_text().splitlines()]
    at = rows[0].index("seconds")
    return [row[:at] + row[at + 1 :] for row in rows], flat(saved)


def flat(value):
    if isinstance(value, dict):
        return {name: flat(v) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return [flat(v) for v in value]
    return value.tobytes() if hasattr(value, "tobytes") else value


CELLS = ["rnn", "gru", "lstm", "lnlstm", "mixgru", "bilstm"]


@slow
@needs_mpiexec
@pytest.mark.parametrize("n, threads", [(2, 1), (2, 2), (3, 1), (4, 2)])
def test_every_cell_and_carry_ends_with_the_same_bytes(n, threads, script, text_file, tmp_path):
    jobs = []
    for cell, carry in product(CELLS, ["stream", "epoch", "none", "endless"]):
        more = [f"--cell={cell}", f"--carry={carry}", "--steps=6", "--quiet", str(text_file)]
        more += ["--ema=0.9"] if cell == "gru" else []
        name = f"{cell}-{carry}"
        assert script("train.py", *SMALL, *more, "--out", f"one/{name}", "--threads=1").returncode == 0
        jobs.append([*SMALL, *more, "--out", f"many/{name}", f"--threads={threads}"])
    (tmp_path / "jobs").write_text("\n".join(map(json.dumps, jobs)))
    result = on_ranks(n, "jobs", cwd=tmp_path, program=ROOT / "tests/support/ranks_child.py")
    assert result.returncode == 0 and result.stderr == "", result.stderr
    for one in (tmp_path / "one").iterdir():
        assert contents(one) == contents(tmp_path / "many" / one.name), one.name


@slow
@needs_mpiexec
def test_a_run_resumes_on_another_number_of_ranks_with_the_same_samples(script, text_file, tmp_path):
    same = ("--ema=0.9", "--schedule=constant")
    whole = script("train.py", text_file, *SMALL, "--steps=12", "--out=one", "--sample-style=one,rows", *same)
    assert on_ranks(2, text_file, *SMALL, "--steps=5", "--out=r", *same, "--quiet", cwd=tmp_path).returncode == 0
    assert script("train.py", "--resume", "r", "--steps=8", "--quiet").returncode == 0
    last = on_ranks(3, "--resume", "r", "--steps=12", "--sample-style=one,rows", cwd=tmp_path)
    assert last.returncode == 0, last.stderr
    assert contents(tmp_path / "one")[1]["weights"] == contents(tmp_path / "r")[1]["weights"]
    samples = [re.findall(r"a sample ---\n.*?\n---", out, re.DOTALL)[-2:] for out in (whole.stdout, last.stdout)]
    assert samples[0] == samples[1] and len(samples[0]) == 2
    assert last.stderr.count("text: 1 file") == 1


@slow
@needs_mpiexec
def test_a_run_by_the_clock_and_one_that_goes_back_agree_across_ranks(text_file, tmp_path):
    clocked = on_ranks(2, text_file, *SMALL, "--minutes=0.03", "--out=r", "--quiet", cwd=tmp_path)
    assert clocked.returncode == 0, clocked.stderr  # Every save compares the weights of the ranks.
    wild = ["--lr=1e30", "--clip-norm=0", "--on-nan=rollback", "--steps=8", "--optimizer=sgd", "--quiet"]
    result = on_ranks(2, text_file, *SMALL, *wild, "--out=w", cwd=tmp_path)
    assert "went back to step" in result.stderr and result.stderr.count("gave up") <= 1
    assert "Traceback" not in result.stderr


@slow
@needs_mpiexec
def test_what_a_user_does_wrong_is_told_once(text_file, tmp_path):
    for arguments, words in (
        (["--hiden=3"], "did you mean --hidden"),
        (["nowhere.txt"], "nowhere.txt does not exist"),
        ([text_file, "--shards=1", "--quiet"], "2 ranks have only 1 shard"),
        (["--resume"], "there is no run"),
    ):
        result = on_ranks(2, *arguments, cwd=tmp_path)
        lines = [line for line in result.stderr.splitlines() if line]
        assert result.returncode == 2 and len(lines) == 1 and words in lines[0], result.stderr


@slow
@needs_mpiexec
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_go_on(number, text_file, tmp_path):
    process = started(2, text_file, *SMALL, "--steps=1000000", "--out=r", cwd=tmp_path)
    wait_for_rows(tmp_path / "r")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert "to go on: python train.py --resume --out r" in err and "Traceback" not in err
    assert checkpoint.load(tmp_path / "r" / "last.pkl")["progress"]["step"] > 0


@slow
@needs_mpiexec
def test_a_killed_rank_ends_all_and_the_run_resumes_to_the_same_bytes(script, text_file, tmp_path):
    assert script("train.py", text_file, *SMALL, "--steps=2000", "--out=one", "--quiet").returncode == 0
    process = started(2, text_file, *SMALL, "--steps=2000", "--out=r", "--quiet", cwd=tmp_path)
    wait_for_rows(tmp_path / "r")
    children = subprocess.run(["pgrep", "-f", "train.py.*--steps=2000 --out=r"], capture_output=True, text=True)
    victims = [int(pid) for pid in children.stdout.split() if is_python(int(pid))]
    os.kill(max(victims), signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert on_ranks(2, "--resume", "r", "--quiet", cwd=tmp_path).returncode == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "r")


def is_python(pid):
    return os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("python")


def wait_for_rows(folder):
    deadline = time.monotonic() + 60
    while not (folder / "log.csv").exists() or len(steps_logged(folder)) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_threads_and_shards_follow_the_ranks(monkeypatch):
    monkeypatch.setattr("minrnn.options.resolve.physical_cores", lambda: 8)
    assert (mpi.ranks(), mpi.rank(), mpi.ranks_here()) == (1, 0, 1)
    for names in (
        ("PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS"),
        ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in zip(names, ("16", "5", "4")):
                patch.setenv(name, value)
            assert (mpi.ranks(), mpi.rank(), mpi.ranks_here()) == (16, 5, 4)
            options = resolve({"batch_size": 64})
            assert (options["threads"], options["shards"]) == (2, 16)
