#!/usr/bin/env python3
"""Training speed beside PyTorch and JAX: the same work, in turns, in one run.

    pip install torch==2.13.0 jax
    python benchmarks/throughput.py

On every side, a step is forward pass, mean cross-entropy, backward pass, clipping by global norm 5 and
Adam, on the same batch shape, with the state carried and detached. Each side has a process of its own.
The sides take turns of a few seconds, so a noisy machine is noisy for all of them. The numbers are medians
over all steps. PyTorch and JAX run on one core and on all cores, and the faster one counts; JAX compiles
the whole step. A ratio is our speed divided by theirs. The multiplication of two large matrices takes
turns, too: "of sgemm" is the share of its speed that a shape reaches (counting products only, one-hot
input for free).
"""

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from peers import LIMIT, RATE, Shape, batch, in_jax, in_pytorch
from turns import product, take_turns

from minrnn.nn.language_model import LanguageModel
from minrnn.parallel.pools import one_blas_thread
from minrnn.parallel.shards import Shards
from minrnn.system.cores import physical_cores
from optim import Adam, clip_norm, global_norm

SHAPES = [
    Shape("rnn", 1, 100, N=1, T=25, V=65),
    Shape("lstm", 1, 64, N=64, T=10, V=27),
    Shape("gru", 1, 100, N=50, T=50, V=65),
    Shape("lstm", 2, 128, N=50, T=50, V=65),
    Shape("gru", 3, 100, N=32, T=80, V=65, embed=100),
    Shape("lstm", 3, 100, N=32, T=80, V=65, embed=100),
    Shape("lstm", 2, 512, N=100, T=100, V=83),
    Shape("gru", 3, 512, N=200, T=30, V=98),
    Shape("gru", 3, 512, N=50, T=80, V=100, embed=512),
]
# Words: the output layer is most of the work, and its matrix is the embedding.
WORDS = [
    Shape("lstm", 2, 200, N=20, T=35, V=10_000, embed=200, tied=True),
    Shape("lstm", 2, 400, N=20, T=35, V=10_000, embed=400, tied=True),
]
CORES = physical_cores()
SIZE = 2048  # of the square matrices that measure the speed of sgemm


def ours(shape):
    """A function that takes one training step, on the same batch every time."""
    x, y = batch(shape)
    return training_step(shape, lambda number: (x, y), min(CORES, max(1, shape.N // 8)), CORES)


def training_step(shape, batch, count, threads, engine=Shards):
    """A function that takes one training step in `count` shards; `batch(k)` gives x and y of step k."""
    cell, layers, H, N, _, V, embed, tied = shape
    model = LanguageModel(V, cell, layers, H, embed, tied, rng=np.random.default_rng(0))
    model.reuse_memory()
    shards = engine(model, count, threads)
    one_blas_thread.__enter__()  # for good, as in a training run
    adam = Adam(model.params.size, RATE)
    states, numbers = shards.zero_states(N), itertools.count()

    def step():
        nonlocal states
        x, y = batch(next(numbers))
        _, _, states = shards.gradient(x, y, states, [None] * len(states))
        clip_norm(model.grads, LIMIT, global_norm(model.grads))
        adam.step(model.params, model.grads)

    return step


def flops(shape):
    """Floating-point operations in matrix products, of one step: 6 for each such weight and each symbol."""
    cell, layers, H, N, T, V, embed, _ = shape
    gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    inputs = [embed] + [H] * (layers - 1)
    return 6 * N * T * (sum((D + H) * gates * H for D in inputs) + H * V)


def compare(shape, rounds, seconds):
    """Median seconds of a step of ours, PyTorch and JAX (None if not installed), and our share of sgemm."""
    sides = {"ours": (ours, (shape,))}
    sides |= {("PyTorch", threads): (in_pytorch, (shape, threads)) for threads in {1, CORES}}
    sides |= {("JAX", cores): (in_jax, (shape, cores)) for cores in {1, CORES}}
    sides["product"] = (product, (SIZE, CORES))
    medians = take_turns(sides, rounds, seconds)
    peers = (fastest(*(s for side, s in medians.items() if side[0] == name)) for name in ("PyTorch", "JAX"))
    return medians["ours"], *peers, flops(shape) / medians["ours"] / (2 * SIZE**3 / medians["product"])


def fastest(*seconds):
    return min((s for s in seconds if s is not None), default=None)


def geometric_mean(ratios):
    return np.exp(np.mean(np.log(ratios)))


def main():
    names = [f"{shape.cell}-{shape.layers}x{shape.H}" for shape in SHAPES + WORDS]
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", metavar="CELL-LxH", action="append", choices=sorted(set(names)),
                   help="only this shape, for example lstm-2x128; may be given several times")  # fmt: skip
    p.add_argument("--rounds", type=int, default=5, help="turns of each side (default 5)")
    p.add_argument("--seconds", type=float, default=2.0, help="length of a turn (default 2)")
    o = p.parse_args()
    print(f"{CORES} cores")
    print(f"{'':<34}{'symbols a second':>30}{'ratio to':>27}")
    print(f"{'shape':<34}{'minrnn':>10}{'PyTorch':>10}{'JAX':>10}{'PyTorch':>9}{'JAX':>9}{'better':>9}{'of sgemm':>10}")
    chosen = [shape for name, shape in zip(names, SHAPES + WORDS) if not o.only or name in o.only]
    measured = {shape: measure(shape, o.rounds, o.seconds) for shape in chosen}
    for shapes, what in (SHAPES, "symbols"), (WORDS, "words"):
        summarise([measured[shape] for shape in shapes if shape in measured], what)


def measure(shape, rounds, seconds):
    """Prints the row of this shape; returns (its title, the ratio to PyTorch, to the better one), None where absent."""
    mine, pytorch, jax, share = compare(shape, rounds, seconds)
    better = fastest(pytorch, jax)
    speeds = ["absent" if s is None else f"{shape.N * shape.T / s:,.0f}" for s in (mine, pytorch, jax)]
    ratios = ["" if s is None else f"{s / mine:.2f}" for s in (pytorch, jax, better)]
    columns = [f"{v:>10}" for v in speeds] + [f"{v:>9}" for v in ratios]
    print(f"{shape.title:<34}{''.join(columns)}{share:>10.0%}", flush=True)
    return shape.title, pytorch and pytorch / mine, better and better / mine


def summarise(rows, what):
    """Prints the means of the ratios over all rows that have them, and the smallest."""
    to_pytorch = [ratio for _, ratio, _ in rows if ratio]
    to_better = {title: ratio for title, _, ratio in rows if ratio}
    if to_pytorch:
        print(f"{what}: geometric mean of the ratios to PyTorch: {geometric_mean(to_pytorch):.2f}")
    if to_better:
        mean, worst = geometric_mean([*to_better.values()]), min(to_better, key=to_better.get)
        print(f"{what}: geometric mean of the ratios to the better of the two: {mean:.2f}")
        print(f"{what}: smallest ratio to the better of the two: {to_better[worst]:.2f} ({worst})")


if __name__ == "__main__":
    main()
