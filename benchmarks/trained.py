"""Runs of train.py, for benchmarks that compare its options."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TRAIN = Path(__file__).parents[1] / "train.py"


def split_arguments():
    """(the arguments of the command, what stands behind -- and goes to train.py)."""
    given = sys.argv[1:]
    if "--" not in given:
        return given, []
    return given[: given.index("--")], given[given.index("--") + 1 :]


def trained(*arguments):
    """result.json of a quiet run with these arguments, as a dict. Exits if it failed: train.py has said why."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "run")
        command = [sys.executable, str(TRAIN), *arguments, "--quiet", f"--out={out}"]
        if status := subprocess.run(command).returncode:
            sys.exit(status)
        return json.loads((out / "result.json").read_text())
