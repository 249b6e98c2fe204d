#!/usr/bin/env python3
"""Memory: the peak of a training run, and what a layer keeps for each symbol of a batch.

    python benchmarks/memory.py

The peak is the largest resident memory of a whole `train.py` process, counted by the system, on a long
text and on a short one of the same kind. For a layer, the sizes of the arrays that it reuses from batch
to batch are added up, after one forward and backward pass. The table shows how much they grow from a
batch of few rows to one of many rows, so everything that does not depend on the batch (the weights in
panels) cancels out.
"""

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from cells import CELLS

ROOT = Path(__file__).parents[1]
LETTERS = "etaoinshrdlucmfwypvbgkqjxz" + "EAST" + "äöüßéñøłжλ"
SHORT = 1  # megabytes
GOAL = 400  # megabytes
TRAIN = "--layers 2 --hidden 128 --batch-size 50 --seq-len 50 --steps 50 --val 0.01 --quiet"
H, T, ROWS = 128, 50, (8, 72)


def write_text(path, size):
    """A text of about `size` bytes: lines of made-up words, the same every time."""
    rng = random.Random(0)
    words = ["".join(rng.choices(LETTERS, k=rng.randint(1, 9))) + rng.choice("   ,.\n") for _ in range(20_000)]
    with open(path, "w", encoding="utf-8") as file:
        while file.tell() < size:
            file.write(" ".join(rng.choices(words, k=10_000)))


def peak(text, folder):
    """The largest resident memory of train.py on this text, in megabytes."""
    command = [sys.executable, str(ROOT / "train.py"), str(text), *TRAIN.split(), "--out", str(folder)]
    # Linux starts to count at the memory of the parent, this process, which holds less and reads no text.
    _, status, usage = os.wait4(os.posix_spawn(sys.executable, command, os.environ), 0)
    if status:
        sys.exit("train.py failed")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def compare_texts(megabytes):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        short, long = folder / "short.txt", folder / "long.txt"
        write_text(short, SHORT * 1e6)
        write_text(long, megabytes * 1e6)
        peak(short, folder / "first")  # compiling takes memory of its own; do it first
        low, high = peak(short, folder / "short"), peak(long, folder / "long")
        print(f"train.py {TRAIN}")
        print(f"{'text':<12}{'peak resident memory':>22}")
        print(f"{short.stat().st_size / 1e6:>6.0f} MB{low:>22.0f} MB")
        print(f"{long.stat().st_size / 1e6:>6.0f} MB{high:>22.0f} MB    goal: under {GOAL} MB")


def kept(cell, N):
    """Bytes in the arrays that a cell reuses, after a forward and a backward pass over (T, N, H)."""
    cell.workspace = {}
    rng = np.random.default_rng(0)
    h, _ = cell.forward(rng.standard_normal((T, N, H)))
    cell.backward(rng.standard_normal(h.shape))
    return total(cell.workspace)


def total(workspace):
    """Bytes of a workspace of `Cell.buffer`, (memory, view) by name; a bidirectional cell has two of them in one."""
    return sum(total(v) if isinstance(v, dict) else v[0].nbytes for v in workspace.values())


def compare_cells():
    few, many = ROWS
    print(f"a layer of H = {H} with H inputs, T = {T}, float32, from N = {few} to N = {many}")
    print(f"{'cell':<12}{'bytes a symbol':>16}{'in units of H numbers':>24}")
    for name, kind in CELLS.items():
        cell = kind(H, H, rng=np.random.default_rng(0))
        size = (kept(cell, many) - kept(cell, few)) / (T * (many - few))
        print(f"{name:<12}{size:>16,.0f}{size / (H * cell.dtype.itemsize):>24.2f}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--megabytes", type=float, default=100, help="length of the long text (default 100)")
    o = p.parse_args()
    compare_texts(o.megabytes)
    print()
    compare_cells()


if __name__ == "__main__":
    main()
