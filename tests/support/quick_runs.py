"""Runs train.py many times in little time, for tests that kill it: all is loaded once, and each run is a fork.

With its own arguments, which are those of train.py, it makes a short run that loads what the forks need. Then it reads
lines of JSON, [seconds, argument, ...]. It runs train.py with these arguments and kills it with SIGKILL after so many
seconds (null: never). It answers with a line: [exit status, or minus the signal; seconds taken; stderr].
The clock of the run stands still and checkpoints come often, so the files have the same bytes whenever it was killed.
"""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parents[2]))

import train
from minrnn.system.command import run_script
from minrnn.training import standing, trainer


def fork(arguments, err):
    """Starts a training run in a new process; returns its id."""
    child = os.fork()
    if child:
        return child
    os.dup2(err.fileno(), 2)
    sys.argv = ["train.py", *arguments]
    try:
        run_script(train.main)
    except SystemExit as end:
        os._exit(end.code or 0)
    finally:
        os._exit(99)


def outcome(after, arguments):
    with tempfile.TemporaryFile("w+") as err:
        begun = time.perf_counter()
        child = fork(arguments, err)
        if after is not None:
            while time.perf_counter() - begun < after and not os.waitid(
                os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT
            ):
                time.sleep(0.001)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        err.seek(0)
        return [os.waitstatus_to_exitcode(status), time.perf_counter() - begun, err.read()]


def load(arguments):
    """Loads all modules and compiled kernels that a run with these arguments uses. It must use one thread."""
    with tempfile.TemporaryDirectory() as folder:
        sys.argv = ["train.py", *arguments, "--steps", "2", "--out", f"{folder}/run"]
        train.main()


if __name__ == "__main__":
    load(sys.argv[1:])
    standing.time = SimpleNamespace(perf_counter=lambda: 0.0)
    trainer.SECONDS_BETWEEN_SAVES = 0.01
    for line in sys.stdin:
        after, *arguments = json.loads(line)
        print(json.dumps(outcome(after, arguments)), flush=True)
