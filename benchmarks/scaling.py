#!/usr/bin/env python3
"""How the speed of training changes with the threads, the length of the text, and the size of a batch.

    python benchmarks/scaling.py

A step is forward pass, mean cross-entropy, backward pass, clipping by global norm 5 and Adam, on a batch
in two shards. The sides take turns in one process, a few steps at a time. The numbers are medians over
all steps.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import peers
from peers import Shape
from throughput import training_step
from turns import WARM_UP, timed

from data import Streams
from minrnn.system.cores import physical_cores

SHAPES = [
    Shape("lstm", 2, 128, N=50, T=50, V=65),
    Shape("gru", 1, 100, N=50, T=50, V=65),
    Shape("lstm", 2, 512, N=100, T=100, V=83),
    Shape("gru", 3, 512, N=50, T=80, V=100),
]
SHARDS = 2
LENGTHS = (25, 50, 100, 200)


def built(shape, batch=None, threads=SHARDS):
    """A function that takes one training step; `batch(k)` gives x and y of step k (default: always the same)."""
    x, y = peers.batch(shape)
    return training_step(shape, batch or (lambda number: (x, y)), SHARDS, threads)


def medians(sides, o):
    """{name: median seconds of a step}, for {name: function}; the functions take turns."""
    times = {name: [] for name in sides}
    for step in sides.values():
        for _ in range(WARM_UP):
            step()
    for _ in range(o.rounds):
        for name, step in sides.items():
            times[name] += timed(step, o.seconds)
    return {name: np.median(t) for name, t in times.items()}


def threads(o):
    print(f"{'symbols a second':<34}{'1 thread':>12}{'2 threads':>12}{'ratio':>8}    goal: 1.8")
    for shape in SHAPES:
        took = medians({k: built(shape, threads=k) for k in (1, 2)}, o)
        speeds = [shape.N * shape.T / took[k] for k in (1, 2)]
        print(f"{shape.title:<34}{speeds[0]:>12,.0f}{speeds[1]:>12,.0f}{speeds[1] / speeds[0]:>8.2f}", flush=True)


def text(o):
    shape = Shape("lstm", 2, 128, N=50, T=50, V=65)
    symbols = np.random.default_rng(0).integers(0, shape.V, int(o.megabytes * 1e6), dtype=np.uint8)
    texts = {"1 MB": symbols[:1_000_000], f"{o.megabytes:g} MB": symbols}
    took = medians({k: built(shape, Streams(s, shape.N, shape.T).batch) for k, s in texts.items()}, o)
    speeds = [shape.N * shape.T / seconds for seconds in took.values()]
    print(f"{'symbols a second, by text':<34}" + "".join(f"{name:>12}" for name in texts) + f"{'ratio':>8}    goal: 1")
    print(f"{shape.title:<34}" + "".join(f"{v:>12,.0f}" for v in speeds) + f"{speeds[1] / speeds[0]:>8.2f}", flush=True)


def batch(o):
    by_T = [Shape("lstm", 1, 128, N=50, T=T, V=65) for T in LENGTHS]
    by_N = [Shape("lstm", 1, 128, N=N, T=50, V=65) for N in LENGTHS]
    took = medians({shape: built(shape) for shape in dict.fromkeys(by_T + by_N)}, o)
    print(f"{'microseconds a symbol':<34}" + "".join(f"{n:>8}" for n in LENGTHS) + "    goal: no growth")
    for name, shapes in ("N=50, by T", by_T), ("T=50, by N", by_N):
        costs = "".join(f"{1e6 * took[shape] / (shape.N * shape.T):>8.2f}" for shape in shapes)
        print(f"{'lstm 1x128 V=65, ' + name:<34}{costs}", flush=True)


PARTS = {"threads": threads, "text": text, "batch": batch}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", choices=PARTS, action="append", help="only this part")
    p.add_argument("--rounds", type=int, default=5, help="turns of each side (default 5)")
    p.add_argument("--seconds", type=float, default=2.0, help="length of a turn (default 2)")
    p.add_argument("--megabytes", type=float, default=100, help="length of the long text (default 100)")
    o = p.parse_args()
    print(f"{physical_cores()} cores, {SHARDS} shards")
    for name in o.only or PARTS:
        PARTS[name](o)


if __name__ == "__main__":
    main()
