#!/usr/bin/env python3
"""Training speed beside PyTorch: the same work, in turns, in one run.

    pip install torch==2.13.0
    python benchmarks/throughput.py

Each step of either side is forward, mean cross-entropy, backward, clipping by global norm 5, and
Adam, on the same batch shape, with state carried and detached. The two take turns, a few steps at
a time, so that a noisy machine is noisy for both; medians over all steps are compared. PyTorch runs
at whichever thread count is faster for it. The machine's own rate of matrix multiplication, measured
in the same run, tells how much of it each shape reaches (products only, one-hot input counted as
free).
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[1]))

from minrnn.cores import physical_cores
from minrnn.model import LanguageModel
from minrnn.shards import Shards
from optim import Adam, clip_norm, global_norm

# cell, layers, H, N, T, V, embedding (0: one-hot)
SHAPES = [
    ("rnn", 1, 100, 1, 25, 65, 0),
    ("lstm", 1, 64, 64, 10, 27, 0),
    ("gru", 1, 100, 50, 50, 65, 0),
    ("lstm", 2, 128, 50, 50, 65, 0),
    ("gru", 3, 100, 32, 80, 65, 100),
    ("lstm", 3, 100, 32, 80, 65, 100),
    ("lstm", 2, 512, 100, 100, 83, 0),
    ("gru", 3, 512, 200, 30, 98, 0),
    ("gru", 3, 512, 50, 80, 100, 512),
]
LIMIT = 5.0
CORES = physical_cores()


def ours(cell, layers, H, N, T, V, embed):
    """A function that takes one training step."""
    model = LanguageModel(V, cell, layers, H, embed, rng=np.random.default_rng(0))
    count = min(CORES, max(1, N // 8))
    shards = Shards(model, count, CORES)
    adam = Adam(model.params.size)
    x, y = np.random.default_rng(1).integers(0, V, (2, T, N))
    states = shards.zero_states(N)

    def step():
        nonlocal states
        _, _, states = shards.gradient(x, y, states, [None] * count)
        clip_norm(model.grads, LIMIT, global_norm(model.grads))
        adam.step(model.params, model.grads)

    return step, flops(model, N * T)


def flops(model, symbols):
    """Matrix flops of one step: 6 for each weight that is multiplied and each symbol."""
    free = {"embedding"} if model.embedding else {"layers.0.Wx"}
    return 6 * symbols * sum(w.size for name, w in model.weights().items() if w.ndim == 2 and name not in free)


def theirs(cell, layers, H, N, T, V, embed):
    """The same step in PyTorch."""
    import torch
    from torch.nn.functional import cross_entropy, one_hot

    torch.manual_seed(0)
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    rnn = kind(embed or V, H, layers)
    parts = torch.nn.ModuleList([rnn, torch.nn.Linear(H, V)] + ([torch.nn.Embedding(V, embed)] if embed else []))
    adam = torch.optim.Adam(parts.parameters(), lr=1e-3)
    x, y = torch.from_numpy(np.random.default_rng(1).integers(0, V, (2, T, N)))
    state = None

    def step():
        nonlocal state
        h = parts[2](x) if embed else one_hot(x, V).float()
        h, state = rnn(h, state)
        state = tuple(s.detach() for s in state) if cell == "lstm" else state.detach()
        loss = cross_entropy(parts[1](h).reshape(-1, V), y.reshape(-1))
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parts.parameters(), LIMIT)
        adam.step()

    return step


def timed(step, count):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return times


def compare(shape, rounds, seconds):
    """Median seconds a step of ours and theirs (None without PyTorch), and the flops of a step."""
    step, work = ours(*shape)
    # Linear algebra on one thread for our turns only: it belongs to NumPy's pool, not PyTorch's.
    sides = {"ours": step}
    try:
        import torch
    except ImportError:
        torch = None
    if torch:
        other = theirs(*shape)
        for threads in {1, CORES}:
            sides[threads] = lambda threads=threads: (torch.set_num_threads(threads), other())
    times = {side: [] for side in sides}
    counts = {}
    for side, run in sides.items():
        timed(run, 2)
        counts[side] = max(1, int(seconds / np.median(timed(run, 3))))
    for _ in range(rounds):
        for side, run in sides.items():
            times[side] += timed(run, counts[side])
    medians = {side: np.median(t) for side, t in times.items()}
    best = min((m for side, m in medians.items() if side != "ours"), default=None)
    return medians["ours"], best, work


def machine_rate():
    """The machine's rate of float32 matrix multiplication on all cores, in flops a second."""
    a, b = np.random.default_rng(0).standard_normal((2, 2048, 2048)).astype(np.float32)
    with threadpool_limits(CORES):
        timed(lambda: a @ b, 1)
        return 2 * 2048**3 / np.median(timed(lambda: a @ b, 7))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", metavar="CELL-LxH", action="append", help="only this shape, for example lstm-2x128")
    p.add_argument("--rounds", type=int, default=5, help="turns of each side (default 5)")
    p.add_argument("--seconds", type=float, default=2.0, help="length of a turn (default 2)")
    o = p.parse_args()
    print(f"{CORES} cores, matrix multiplication at {machine_rate() / 1e9:.0f} GFLOP/s")
    print(f"{'shape':<34}{'minrnn':>12}{'PyTorch':>12}{'ratio':>8}{'of sgemm':>10}    (symbols a second)")
    ratios = []
    for shape in SHAPES:
        cell, layers, H, N, T, V, embed = shape
        if o.only and f"{cell}-{layers}x{H}" not in o.only:
            continue
        mine, other, work = compare(shape, o.rounds, o.seconds)
        share = work / mine / machine_rate()
        name = f"{cell} {layers}x{H} N={N} T={T} V={V} " + (f"emb {embed}" if embed else "")
        if other is None:
            print(f"{name:<34}{N * T / mine:>12,.0f}{'absent':>12}{'':>8}{share:>10.0%}")
            continue
        ratios.append(other / mine)
        print(f"{name:<34}{N * T / mine:>12,.0f}{N * T / other:>12,.0f}{other / mine:>8.2f}{share:>10.0%}", flush=True)
    if len(ratios) > 1:
        print(f"geometric mean of the ratios: {np.exp(np.mean(np.log(ratios))):.2f}")


if __name__ == "__main__":
    main()
