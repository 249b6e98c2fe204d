"""Programs on several ranks, and what they leave behind."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from minrnn import checkpoint

ROOT = Path(__file__).parents[2]
TRAIN, CHILD = ROOT / "train.py", ROOT / "tests/support/ranks_child.py"
# The one that belongs to this Python before any other.
MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
needs_mpi = pytest.mark.skipif(
    not (MPIEXEC and importlib.util.find_spec("mpi4py")), reason="needs mpiexec and mpi4py: pip install -e '.[mpi]'"
)
FEW_CORES = "start no more ranks than cores"


def started(n, *arguments, cwd, program=TRAIN, **settings):
    command = [MPIEXEC, "-n", str(n), sys.executable, str(program), *map(str, arguments)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=cwd, text=True, **streams | settings)


def on_ranks(n, *arguments, cwd, program=TRAIN, text=None, **settings):
    """Runs it to its end; `text` is its standard input. Warnings of few cores are left out of its stderr."""
    pipe = {} if text is None else {"stdin": subprocess.PIPE}
    process = started(n, *arguments, cwd=cwd, program=program, **pipe, **settings)
    out, err = process.communicate(text, timeout=120)
    err = "".join(line for line in err.splitlines(keepends=True) if FEW_CORES not in line)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def with_fault(n, rank, fault, step, *arguments, cwd, **settings):
    """Runs train.py with a fault of one rank: see ranks_child.py."""
    (cwd / "job").write_text(json.dumps([str(argument) for argument in arguments]))
    return on_ranks(n, cwd / "job", rank, fault, step, cwd=cwd, program=CHILD, **settings)


def contents(folder):
    """What must be the same on any number of ranks: the log without seconds, the checkpoint without its clock."""
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
