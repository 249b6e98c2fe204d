"""What goes wrong on one of several ranks ends all of them, is told in one line, and costs no checkpoint.

MINRNN_THOROUGH=1 kills 20 times instead of 3.
"""

import os
import random
import shutil
import signal
import sys
import time

import pytest
from mpiexec import contents, needs_mpi, on_ranks, started, with_fault
from runs import steps_logged

from minrnn import checkpoint

pytestmark = [pytest.mark.slow, needs_mpi]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, or chooses the cores of a process")
SMALL = ["--hidden=6", "--layers=2", "--batch-size=9", "--seq-len=7", "--eval-every=4", "--log-every=2", "--lr=0.01"]
SMALL += ["--dropout=0.3", "--shards=4", "--sample-every=0", "--sample-length=20"]
KILLS = 20 if "MINRNN_THOROUGH" in os.environ else 3
GO_ON = "to go on from the last checkpoint: mpiexec -n 2 python train.py --resume --out r"


def lines_of(result, number=1):
    """The lines of stderr, after this number of them was expected."""
    lines = [line for line in result.stderr.splitlines() if line]
    assert len(lines) == number and "Traceback" not in result.stderr, result.stderr
    return lines


def test_what_a_user_does_wrong_is_told_once(text_file, tmp_path):
    for n, arguments, words in (
        (2, ["--hiden=3"], "did you mean --hidden"),
        (2, ["nowhere.txt"], "nowhere.txt does not exist"),
        (2, [text_file, "--shards=1", "--quiet"], "2 ranks have only 1 shard"),
        (3, [text_file, "--batch-size=2", "--quiet"], "3 ranks have only 2 shards"),
        (2, ["--resume"], "there is no run"),
        (2, ["-", "--quiet"], "- is empty"),
    ):
        result = on_ranks(n, *arguments, cwd=tmp_path)
        assert words in lines_of(result)[0] and result.returncode == 2, result.stderr


def test_without_mpi4py_or_with_another_mpi_there_is_one_line(process, text_file, tmp_path):
    (tmp_path / "path/mpi4py").mkdir(parents=True)
    (tmp_path / "path/mpi4py/__init__.py").write_text("raise ImportError")
    result = on_ranks(2, text_file, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "path")})
    assert "mpiexec needs mpi4py" in lines_of(result)[0] and result.returncode == 2
    # As the mpiexec of another MPI library starts them.
    for rank in range(2):
        names = {"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": str(rank)}
        result = process("train.py", text_file, env=os.environ | names)
        assert result.returncode == 2 and result.stderr.count("it is another one; use its own mpiexec") == 1 - rank


@on_linux
def test_more_ranks_than_cores_are_warned_of(text_file, tmp_path):
    few = {min(os.sched_getaffinity(0))}
    given = [*SMALL, text_file, "--steps=1", "--out=r", "--quiet"]
    process = started(2, *given, cwd=tmp_path, preexec_fn=lambda: os.sched_setaffinity(0, few))
    _, err = process.communicate(timeout=60)
    assert err.startswith("warning: 2 ranks share 1 core of ") and err.count("\n") == 1


@pytest.mark.parametrize("fault, words", [("text", "has another text or program"), ("program", "has another text or")])
def test_a_rank_with_another_text_or_program_is_refused_at_the_start(fault, words, text_file, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/text").write_text(text_file.read_text()[:-10])
    shutil.copy(text_file, tmp_path / "text")
    result = with_fault(3, 2, fault, 0, "text", *SMALL, "--out=r", "--quiet", cwd=tmp_path)
    assert f"rank 2 on {os.uname().nodename} {words}" in lines_of(result)[0] and result.returncode == 2
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    "rank, fault, words, status",
    [
        (1, "memory", "rank 1 on {} failed: MemoryError; all ranks end; " + GO_ON, 2),
        (0, "memory", "rank 0 on {} failed: MemoryError; all ranks end; " + GO_ON, 2),
        (1, "bug", "rank 1 on {} failed: ZeroDivisionError: by hand; all ranks end; " + GO_ON, 1),
        (0, "disk", "rank 0 on {} failed: r/best.pkl: No space left on device; all ranks end; " + GO_ON, 2),
        (1, "weights", "rank 1 on {} has other weights than rank 0", 2),
        (1, "kill", "", 9),
    ],
)
def test_a_fault_of_one_rank_ends_all_and_the_last_checkpoint_goes_on(
    rank, fault, words, status, script, text_file, tmp_path
):
    given = [text_file, *SMALL, "--steps=10", "--keep=9", "--quiet"]
    result = with_fault(2, rank, fault, 7, *given, "--out=r", cwd=tmp_path)
    assert words.format(os.uname().nodename) in result.stderr, result.stderr
    assert fault in ("kill", "bug") or lines_of(result)
    assert ("Traceback" in result.stderr) == (fault == "bug") and result.returncode == status
    assert on_ranks(2, "--resume", "r", "--quiet", cwd=tmp_path).returncode == 0
    assert script("train.py", *given, "--out=one").returncode == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "r")


@pytest.mark.parametrize("rank, silent", [(0, "rank 0"), (1, "another rank")])
def test_a_rank_that_stops_answering_is_told(rank, silent, text_file, tmp_path):
    given = [text_file, *SMALL, "--steps=10", "--out=r", "--quiet", "--rank-timeout=1.5"]
    result = with_fault(2, rank, "stop", 5, *given, cwd=tmp_path)
    assert f"{silent} has not answered for 1.5 s, the --rank-timeout; rank {rank} (process " in lines_of(result)[0]
    assert GO_ON in result.stderr and result.returncode == 2
    assert checkpoint.load(tmp_path / "r/last.pkl")["progress"]["step"] >= 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_mpiexec_saves_and_says_how_to_go_on(number, text_file, tmp_path):
    process = started(2, text_file, *SMALL, "--steps=1000000", "--out=r", cwd=tmp_path)
    wait_for_rows(tmp_path / "r")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert "to go on: mpiexec -n 2 python train.py --resume --out r" in err and "Traceback" not in err
    assert checkpoint.load(tmp_path / "r" / "last.pkl")["progress"]["step"] > 0


def test_a_signal_to_one_rank_stops_all(text_file, tmp_path):
    result = with_fault(2, 1, "signal", 3, text_file, *SMALL, "--steps=1000000", "--out=r", "--quiet", cwd=tmp_path)
    assert "to go on: mpiexec -n 2 python train.py --resume --out r" in lines_of(result)[0]
    assert result.returncode == 128 + signal.SIGTERM


def test_a_signal_while_a_validation_is_read_stops_all_ranks(script, text_file, tmp_path):
    given = [text_file, *SMALL, "--steps=8", "--quiet"]
    result = with_fault(2, 0, "reading", 0, *given, "--out=r", cwd=tmp_path)
    assert "stopped after step 4; to go on" in lines_of(result)[0]
    assert on_ranks(2, "--resume", "r", "--quiet", cwd=tmp_path).returncode == 0
    assert script("train.py", *given, "--out=one").returncode == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "r")


@on_linux
def test_after_random_kills_a_run_ends_with_the_same_bytes(script, text_file, tmp_path):
    steps = 200 * KILLS
    given = [text_file, *SMALL, f"--steps={steps}", "--eval-every=20", "--quiet"]
    assert script("train.py", *given, "--out=one").returncode == 0
    rng, kills, arguments = random.Random(KILLS), 0, [*given, "--out=r"]
    while True:
        process = started(2, *arguments, cwd=tmp_path)
        if kills < KILLS:
            wait_for_rows(tmp_path / "r", process)
            time.sleep(rng.uniform(0, 0.5))
            victims = ranks_of(process)
            if victims:
                os.kill(rng.choice(victims), signal.SIGKILL)
                kills += 1
        process.communicate(timeout=120)
        if process.returncode == 0:
            break
        assert not ranks_of(process)
        arguments = ["--resume", "r", "--quiet"]
    assert kills == KILLS
    assert contents(tmp_path / "one") == contents(tmp_path / "r")


def ranks_of(process):
    """The process ids of the ranks of a running mpiexec: the Python processes below it."""
    children = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = open(f"/proc/{pid}/stat").read()
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(pid))
        except OSError:
            pass
    below = list(children.get(process.pid, []))
    for pid in below:
        below += children.get(pid, [])
    return [pid for pid in below if is_python(pid)]


def is_python(pid):
    try:
        return os.path.realpath(f"/proc/{pid}/exe") == os.path.realpath(sys.executable)
    except OSError:
        return False


def wait_for_rows(folder, process=None):
    """Until the run has made some steps, or has ended."""
    deadline = time.monotonic() + 60
    before = len(steps_logged(folder)) if (folder / "log.csv").exists() else 0
    while not (folder / "log.csv").exists() or len(steps_logged(folder)) < before + 3:
        if process and process.poll() is not None:
            return
        assert time.monotonic() < deadline
        time.sleep(0.02)
