"""A score on several ranks: the numbers of one process, told once; and what is refused."""

import re
import subprocess
import sys

import pytest
from mpiexec import MPIEXEC, ROOT, needs_mpi, on_ranks
from programs import run_in_process

from minrnn.system.errors import OptionError
from minrnn.training import joined

pytestmark = [pytest.mark.slow, needs_mpi]
SAMPLE = ROOT / "sample.py"


@pytest.fixture(scope="module")
def folder(text_file, tmp_path_factory):
    """Where two models are, and a text."""
    place = tmp_path_factory.mktemp("models")
    for k, cell in enumerate(("gru", "bilstm")):
        given = [text_file, "--hidden=6", f"--cell={cell}", "--steps=2", "--quiet", f"--out=m{k}"]
        assert run_in_process("train.py", *given, cwd=place).returncode == 0
    (place / "text").write_text(text_file.read_text()[:5000])
    (place / "other").write_text(text_file.read_text()[:4999])
    return place


def each(folder, *commands):
    """A program with other arguments on each rank."""
    parts = [["-n", "1", sys.executable, SAMPLE, *arguments, ":"] for arguments in commands]
    command = [MPIEXEC, *[word for part in parts for word in part][:-1]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("model", ["m0", "m1"])
@pytest.mark.parametrize("n", [2, 3])
def test_ranks_print_what_one_process_prints_and_once(model, n, folder):
    alone = run_in_process("sample.py", model, "--score", "text", cwd=folder)
    ranks = on_ranks(n, model, "--score", "text", cwd=folder, program=SAMPLE)
    assert ranks.returncode == 0 and ranks.stderr == "" and ranks.stdout == alone.stdout
    assert re.match(r"nats a symbol +\d\.\d{4}\n", ranks.stdout)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--score", "none"], "none does not exist"),
        (["--scor"], "expected one argument"),
        (["--length", "5"], "shares out only --score FILE"),
        (["--score", "-"], "shares out only --score FILE"),
        (["--score", "text", "--dynamic"], "shares out only --score FILE"),
    ],
)
def test_what_a_user_does_wrong_is_told_once(arguments, words, folder):
    result = on_ranks(2, "m0", *arguments, cwd=folder, program=SAMPLE)
    assert result.returncode == 2 and result.stderr.count(words) == 1 and "Traceback" not in result.stderr
    assert result.stderr.count("sample.py: ") == 1 and result.stdout == ""


def test_a_rank_with_another_text_model_or_none_is_told(folder):
    same = ["m0", "--score", "text"]
    for other, words in (
        (["m0", "--score", "other"], "has another model or text than rank 0"),
        (["m0", "m0", "--score", "text"], "has another model or text than rank 0"),
        (["m0", "--score", "none"], "none does not exist"),
    ):
        result = each(folder, same, other)
        assert result.returncode == 2 and re.match("sample.py: rank 1 on [^ ]+:? .*" + words, result.stderr)
        assert result.stderr.count("\n") == 1 and result.stdout == ""


def test_without_mpi_rank_0_tells_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    for rank in range(2):
        monkeypatch.setenv("PMI_RANK", str(rank))
        monkeypatch.setenv("PMI_SIZE", "2")
        if rank:
            assert joined.joined() is None
        else:
            with pytest.raises(OptionError, match="mpiexec needs mpi4py"):
                joined.joined()
