#!/usr/bin/env python3
"""Training speed of the cells beside one another, in turns.

    python benchmarks/cell_speed.py

A step is the loss and the gradient of one shard on one thread: N = 25, T = 64, V = 65, an embedding of 128. The cells
take turns, a step each. The numbers are medians of the thread's own seconds, so other programs disturb them little.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[1]))

from minrnn.nn.build import build

N, T, V, E = 25, 64, 65, 128
SHAPES = [(1, 256), (2, 512)]  # layers, H
TIED = {"tie_gates": True}
CELLS = {
    "lstm": ("lstm", {}),
    "lstm, tied gates": ("lstm", TIED),
    "gru": ("gru", {}),
    "mogrifier": ("mogrifier", {}),
    "mogrifier, tied gates": ("mogrifier", TIED),
    "mingru": ("mingru", {}),
    "minlstm": ("minlstm", {}),
}


def step_of(cell, options, layers, H):
    """A function that computes the gradient of one batch."""
    rng = np.random.default_rng(0)
    model = build(dict(V=V, cell=cell, cell_options=options, layers=layers, hidden=H, embed=E), rng)
    x, y = rng.integers(0, V, (2, T, N))
    return lambda: model.loss_and_gradient(x, y, None, None, T * N)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", type=int, default=15, help="steps of each cell (default 15)")
    o = p.parse_args()
    threadpool_limits(1)
    for layers, H in SHAPES:
        print(f"{f'{layers}x{H}':<24}{'symbols a second':>18}{'to lstm':>10}")
        steps = {name: step_of(*cell, layers, H) for name, cell in CELLS.items()}
        for step in steps.values():
            step()  # compiles
        times = {name: [] for name in steps}
        for _ in range(o.rounds):
            for name, step in steps.items():
                start = time.thread_time()
                step()
                times[name].append(time.thread_time() - start)
        medians = {name: np.median(t) for name, t in times.items()}
        for name, seconds in medians.items():
            print(f"{name:<24}{N * T / seconds:>18,.0f}{medians['lstm'] / seconds:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
