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

from throughput import training_step
from turns import WARM_UP, timed

from data import Streams
from minrnn.system.cores import physical_cores

# cell, layers, H, N, T, V: one-hot input
SHAPES = [
    ("lstm", 2, 128, 50, 50, 65),
    ("gru", 1, 100, 50, 50, 65),
    ("lstm", 2, 512, 100, 100, 83),
    ("gru", 3, 512, 50, 80, 100),
]
SHARDS = 2
LENGTHS = (25, 50, 100, 200)


def built(cell, layers, H, N, V, batch, threads=SHARDS):
    """A function that takes one training step; `batch(k)` gives x and y of step k."""
    return training_step(cell, layers, H, N, V, 0, batch, SHARDS, threads)


def same_batch(N, T, V):
    """A `batch` for `built` that is always the same."""
    x, y = np.random.default_rng(1).integers(0, V, (2, T, N))
    return lambda number: (x, y)


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
    for cell, layers, H, N, T, V in SHAPES:
        batch = same_batch(N, T, V)
        took = medians({k: built(cell, layers, H, N, V, batch, threads=k) for k in (1, 2)}, o)
        name = f"{cell} {layers}x{H} N={N} T={T} V={V}"
        print(f"{name:<34}{N * T / took[1]:>12,.0f}{N * T / took[2]:>12,.0f}{took[1] / took[2]:>8.2f}", flush=True)


def text(o):
    N, T, V = 50, 50, 65
    symbols = np.random.default_rng(0).integers(0, V, int(o.megabytes * 1e6), dtype=np.uint8)
    texts = {"1 MB": symbols[:1_000_000], f"{o.megabytes:g} MB": symbols}
    took = medians({k: built("lstm", 2, 128, N, V, Streams(s, N, T).batch) for k, s in texts.items()}, o)
    speeds = [N * T / seconds for seconds in took.values()]
    print(f"{'symbols a second, by text':<34}" + "".join(f"{name:>12}" for name in texts) + f"{'ratio':>8}    goal: 1")
    name = f"lstm 2x128 N={N} T={T} V={V}"
    print(f"{name:<34}" + "".join(f"{v:>12,.0f}" for v in speeds) + f"{speeds[1] / speeds[0]:>8.2f}", flush=True)


def batch(o):
    V = 65
    by_T, by_N = [(50, T) for T in LENGTHS], [(N, 50) for N in LENGTHS]
    shapes = dict.fromkeys(by_T + by_N)
    took = medians({(N, T): built("lstm", 1, 128, N, V, same_batch(N, T, V)) for N, T in shapes}, o)
    print(f"{'microseconds a symbol':<34}" + "".join(f"{n:>8}" for n in LENGTHS) + "    goal: no growth")
    for name, shapes in ("N=50, by T", by_T), ("T=50, by N", by_N):
        costs = "".join(f"{1e6 * took[N, T] / (N * T):>8.2f}" for N, T in shapes)
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
