"""Runs of train.py, one after the other, on the ranks of one mpiexec: ranks_child.py JOBS [RANK FAULT STEP].

The file JOBS has the arguments of a run in each line, as JSON. This rank, or "all", has this fault before this step.
"""

import errno
import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import train
from minrnn.system.command import run_script
from minrnn.system.mpi import rank
from minrnn.training import ranks
from minrnn.training.diverged import DivergedError
from minrnn.training.run import Run
from minrnn.training.serve import on_ranks

take_step, save, reading = Run.train_step, Run.save, Run.measure


def fault_before(step, fault):
    def train_step(run, *share):
        if run.step + 1 == step:
            fault(run)
        take_step(run, *share)

    Run.train_step = train_step


def fail(error):
    raise error


def diverge(run):
    if run.options["lr"] > 0.004:
        raise DivergedError("by hand")


def other_weights(run):
    run.model.params[0] += 1


def full_disk(run, path):
    if run.step:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    save(run, path)


def stop_reading(run, n):
    """Rank 0 is asked to stop when it has read a window of a validation."""
    read = run.reading

    def windows(batches, n):
        for k, batch in enumerate(read(batches, n)):
            if k == 1:
                signal.raise_signal(signal.SIGTERM)
            yield batch

    run.reading = windows
    try:
        return reading(run, n)
    finally:
        run.reading = read


FAULTS = {
    "memory": lambda step: fault_before(step, lambda run: fail(MemoryError())),
    "bug": lambda step: fault_before(step, lambda run: fail(ZeroDivisionError("by hand"))),
    "diverge": lambda step: fault_before(step, diverge),
    "weights": lambda step: fault_before(step, other_weights),
    "kill": lambda step: fault_before(step, lambda run: os.kill(os.getpid(), signal.SIGKILL)),
    "stop": lambda step: fault_before(step, lambda run: os.kill(os.getpid(), signal.SIGSTOP)),
    "signal": lambda step: fault_before(step, lambda run: os.kill(os.getpid(), signal.SIGTERM)),
    "disk": lambda step: setattr(Run, "save", full_disk),
    "reading": lambda step: setattr(Run, "measure", stop_reading),
    "text": lambda step: os.chdir("other"),
    "program": lambda step: setattr(ranks, "digest_of_program", lambda: "another"),
}


def main():
    jobs, *fault = sys.argv[1:]
    lines = Path(jobs).read_text().splitlines()
    if fault and fault[0] in ("all", str(rank())):
        FAULTS[fault[1]](int(fault[2]))
    status = 0
    for line in lines:
        sys.argv[1:] = json.loads(line)
        status = status or on_ranks(train.train)
    return status


if __name__ == "__main__":
    run_script(main)
