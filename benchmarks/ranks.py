#!/usr/bin/env python3
"""Two ranks of one thread beside one process of two threads: the step, the exchange of a gradient, and the start.

    pip install -e '.[mpi]'
    python benchmarks/ranks.py

The steps take turns on the same two ranks: while two threads compute, the other rank sleeps. A step on ranks has the
message with which rank 0 begins it. `--only rows` measures what scaling_model.py wants to know: the seconds of a step
on one core, by the rows of the batch.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers import Shape, batch
from scaling import medians
from throughput import training_step
from turns import WARM_UP, timed

from minrnn.nn.language_model import LanguageModel
from minrnn.parallel.ranks import Ranks

SHAPES = [Shape("lstm", 2, 512, N=100, T=100, V=83), Shape("lstm", 2, 128, N=50, T=50, V=65)]
ROWS = (5, 10, 25, 50, 100, 200)
# Millions of numbers of the exchanged gradient: those of an LSTM 1 x 64, 2 x 128 and 2 x 512.
SIZES = (0.025, 0.24, 3.4)
GOALS = {"lstm 2x512": 0.97, "lstm 2x128": 1.0}


def name_of(shape):
    return f"{shape.cell} {shape.layers}x{shape.H}"


def built(shape, *more, **engine):
    """A function that takes one training step, on the same batch every time."""
    x, y = batch(shape)
    return training_step(shape, lambda number: (x, y), *more, **engine)


def waited(request):
    """What a non-blocking request brings. Waiting, MPI would keep a core busy."""
    while not request.Test():
        time.sleep(0.001)


def steps(comm, o):
    """Two ranks and two threads in turns."""
    now = np.empty(1)
    for shape in SHAPES:
        threads, times = built(shape, 2, 2) if comm.rank == 0 else None, {"threads": [], "ranks": []}
        rank = built(shape, 2, 1, engine=partial(Ranks, comm))

        def on_ranks(rank=rank):
            comm.bcast(("train_step", 0.5))
            rank()

        for k in range(o.rounds + 1):
            if threads:
                took = timed(threads, o.seconds) if k else [threads() for _ in range(WARM_UP)]
                times["threads"] += took if k else []
                now[0] = max(1, len(took))
            waited(comm.Ibcast(now))
            took = []
            for _ in range(int(now[0])):
                start = time.perf_counter()
                on_ranks()
                took.append(time.perf_counter() - start)
            times["ranks"] += took if k else []
        if comm.rank == 0:
            a, b = (1e3 * np.median(t) for t in times.values())
            name = name_of(shape)
            print(f"{name:<12}{a:>10.2f} ms{b:>10.2f} ms{a / b:>8.3f}    goal: {GOALS[name]}", flush=True)


def exchange(comm, o):
    """The sum of the gradients of two ranks."""
    for size in SIZES:
        model = LanguageModel(5, hidden=2, rng=np.random.default_rng(0))
        model.grads = np.ones(int(1e6 * size), np.float32)
        ranks, times = Ranks(comm, model, comm.size, 1), []
        for _ in range(20 * o.rounds):
            comm.Barrier()
            start = time.perf_counter()
            ranks.exchange({comm.rank: model.grads})
            times.append(time.perf_counter() - start)
            model.grads[:] = 1
        if comm.rank == 0:
            goal = "    goal: 6 ms" if size == 3.4 else ""
            print(f"exchange of {size:g} M numbers: {1e3 * np.median(times):.3f} ms{goal}", flush=True)


def start(o):
    """One step of train.py, from the command to its end."""
    with tempfile.TemporaryDirectory() as folder:
        (text := Path(folder, "text")).write_text("To be, or not to be, that is the question. " * 2000)
        command = [
            sys.executable,
            str(Path(__file__).parents[1] / "train.py"),
            str(text),
            "--steps=1",
            "--quiet",
            "--shards=2",
        ]
        times = {1: [], 2: []}
        for k in range(o.rounds + 1):
            for n, taken in times.items():
                launcher = [] if n == 1 else [mpiexec(), "-n", str(n)]
                began = time.perf_counter()
                subprocess.run([*launcher, *command, "--out", f"{folder}/{k}-{n}"], check=True)
                taken += [time.perf_counter() - began] if k else []
    one, two = (np.median(t) for t in times.values())
    print(f"start to end of a run of one step: {one:.2f} s, two ranks {two:.2f} s    goal: at most 1 s later")


def rows(o):
    """Seconds of a step on one core, by the rows of the batch."""
    for shape in SHAPES:
        sides = {N: built(shape._replace(N=N), 1, 1) for N in ROWS if N <= 100 or shape.H < 512}
        took = medians(sides, o)
        times = ", ".join(f"{N} rows {1e3 * t:.2f} ms" for N, t in took.items())
        print(f"{name_of(shape)}, T={shape.T}: {times}", flush=True)


def mpiexec():
    return str(Path(sys.executable).with_name("mpiexec"))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", choices=("steps", "exchange", "start", "rows"), action="append", help="only this part")
    p.add_argument("--rounds", type=int, default=5, help="turns of each side (default 5)")
    p.add_argument("--seconds", type=float, default=3.0, help="length of a turn (default 3)")
    p.add_argument("--on-ranks", action="store_true", help=argparse.SUPPRESS)
    o = p.parse_args()
    if o.on_ranks:
        from mpi4py import MPI

        for name in o.only:
            {"steps": steps, "exchange": exchange}[name](MPI.COMM_WORLD, o)
        return
    parts = o.only or ["steps", "exchange", "start"]
    together = [name for name in parts if name in ("steps", "exchange")]
    if together:
        print(f"{'':<12}{'2 threads':>13}{'2 ranks':>13}{'ratio':>8}", flush=True)
        only = [f"--only={name}" for name in together]
        command = [mpiexec(), "-n", "2", sys.executable, __file__, "--on-ranks", *only]
        subprocess.run([*command, f"--rounds={o.rounds}", f"--seconds={o.seconds}"], check=True)
    for name, part in (("start", start), ("rows", rows)):
        if name in parts:
            part(o)


if __name__ == "__main__":
    main()
