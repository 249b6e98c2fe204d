"""The same run on one process and on several ranks of mpiexec gives the same bytes.

With MINRNN_THOROUGH=1, every number of ranks and threads has every cell and carry.
"""

import json
import os
import re
from itertools import product

import pytest
from mpiexec import CHILD, contents, needs_mpi, on_ranks, with_fault
from programs import run_in_process

from minrnn.options.resolve import resolve
from minrnn.system import mpi

SMALL = ["--hidden=6", "--layers=2", "--batch-size=9", "--seq-len=7", "--eval-every=4", "--log-every=2", "--lr=0.01"]
SMALL += ["--dropout=0.3", "--shards=4", "--sample-every=0", "--sample-length=20"]
CELLS = ["rnn", "gru", "lstm", "lnlstm", "mixgru", "bilstm"]
CARRIES = ["stream", "epoch", "none", "endless"]


def arguments(cell, carry, text_file):
    more = ["--ema=0.9"] if cell == "gru" else ["--sampled-softmax=5"] if cell == "lstm" else []
    return [*SMALL, f"--cell={cell}", f"--carry={carry}", "--steps=6", "--quiet", *more, str(text_file)]


@pytest.fixture(scope="module")
def alone(text_file, tmp_path_factory):
    """The folder of the runs of one process, {cell}-{carry} each."""
    place = tmp_path_factory.mktemp("alone")
    for cell, carry in product(CELLS, CARRIES):
        given = [*arguments(cell, carry, text_file), f"--out={cell}-{carry}", "--threads=1"]
        assert run_in_process("train.py", *given, cwd=place).returncode == 0
    return place


@pytest.mark.slow
@needs_mpi
@pytest.mark.parametrize("n, threads", [*product((2, 3, 4), (1, 2))])
def test_every_cell_and_carry_ends_with_the_same_bytes(n, threads, alone, text_file, tmp_path):
    cases = list(product(CELLS, CARRIES))
    if "MINRNN_THOROUGH" not in os.environ:
        # Each case for two numbers of ranks and threads.
        cases = [case for k, case in enumerate(cases) if (k + k // 4) % 3 == (n + threads) % 3]
    jobs = [
        [*arguments(cell, carry, text_file), f"--out={cell}-{carry}", f"--threads={threads}"] for cell, carry in cases
    ]
    (tmp_path / "jobs").write_text("\n".join(map(json.dumps, jobs)))
    result = on_ranks(n, "jobs", cwd=tmp_path, program=CHILD)
    assert result.returncode == 0 and result.stderr == "", result.stderr
    for cell, carry in cases:
        assert contents(alone / f"{cell}-{carry}") == contents(tmp_path / f"{cell}-{carry}"), (cell, carry)


@pytest.mark.slow
@needs_mpi
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
    assert re.search(r"4 shards on 3 ranks of 1 thread, processes \d+ \d+ \d+ of ", last.stderr)


@pytest.mark.slow
@needs_mpi
def test_a_run_by_the_clock_agrees_across_ranks(text_file, tmp_path):
    # Every save compares the weights of the ranks, and the plateau schedule needs what rank 0 measured.
    more = ["--minutes=0.03", "--schedule=plateau", "--decay-patience=1", "--tail-average=0.5", "--out=r", "--quiet"]
    clocked = on_ranks(2, text_file, *SMALL, *more, cwd=tmp_path)
    assert clocked.returncode == 0 and clocked.stderr == "", clocked.stderr


@pytest.mark.slow
@needs_mpi
def test_a_run_that_goes_back_does_so_on_all_ranks(text_file, tmp_path):
    def train(n, name):
        more = ["--on-nan=rollback", "--steps=12", "--ema=0.9", "--quiet", f"--out={name}"]
        result = with_fault(n, "all", "diverge", 7, text_file, *SMALL, *more, cwd=tmp_path)
        assert result.stderr.count("went back to step 4") == 2 and result.returncode == 0, result.stderr
        return contents(tmp_path / name)

    assert train(1, "one") == train(3, "three")


@pytest.mark.slow
@needs_mpi
def test_text_from_standard_input_reaches_all_ranks(script, text_file, tmp_path):
    assert script("train.py", text_file, *SMALL, "--steps=5", "--out=one", "--quiet").returncode == 0
    text = text_file.read_text()
    assert on_ranks(2, "-", *SMALL, "--steps=5", "--out=r", "--quiet", cwd=tmp_path, text=text).returncode == 0
    assert contents(tmp_path / "one")[1]["weights"] == contents(tmp_path / "r")[1]["weights"]


@pytest.mark.slow
@needs_mpi
def test_a_cell_of_a_users_own_file_is_loaded_by_all_ranks(script, text_file, tmp_path):
    (tmp_path / "own.py").write_text("from cells.lstm import LSTM\n\n\nclass Mine(LSTM):\n    pass\n")
    given = [text_file, *SMALL, "--cell=own.py:Mine", "--steps=5", "--quiet"]
    alone = script("train.py", *given, "--out=one")
    result = on_ranks(2, *given, "--out=r", cwd=tmp_path)
    assert result.returncode == alone.returncode == 0, result.stderr
    assert contents(tmp_path / "one")[1]["weights"] == contents(tmp_path / "r")[1]["weights"]


def test_threads_and_shards_follow_the_ranks(monkeypatch):
    monkeypatch.setattr("minrnn.options.resolve.physical_cores", lambda: 8)
    assert (mpi.ranks(), mpi.rank(), mpi.ranks_here(), mpi.launched(), mpi.launcher()) == (1, 0, 1, False, "")
    for names in (
        ("PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS"),
        ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in zip(names, ("16", "5", "4")):
                patch.setenv(name, value)
            assert (mpi.ranks(), mpi.rank(), mpi.ranks_here(), mpi.launcher()) == (16, 5, 4, "mpiexec -n 16 ")
            options = resolve({"batch_size": 64, "rank_timeout": 5.0})
            assert (options["threads"], options["shards"]) == (2, 16)


@pytest.mark.slow
def test_nothing_of_mpi_is_imported_without_mpiexec(process, text_file):
    given = ["--hidden=4", "--steps=1", "--quiet", text_file]
    result = process("train.py", *given, env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
    assert result.returncode == 0 and "numpy" in result.stderr and "mpi4py" not in result.stderr
