#!/usr/bin/env python3
"""Speed of generation beside PyTorch, one symbol after the other: characters a second, in turns, in one run.

    pip install torch==2.13.0
    python benchmarks/sampling.py

A step is a step of the model, the softmax, and a draw from it, which is the next input. PyTorch runs
without gradients on one thread, in two ways, and the faster one counts: torch.nn.LSTM (or GRU) over
sequences of length 1, and a loop over LSTMCells. Every step of one stream reads all matrices once. The
bytes read in a second show whether a shape is limited by memory. The last two columns are for 32 samples
of 1,000 characters on all cores, with all that has to be done before the first character, compared with
our own single stream.
"""

import argparse
import sys
from itertools import islice
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[1]))

from turns import take_turns

from minrnn.generation.generate import generate, generate_many
from minrnn.nn.language_model import LanguageModel
from minrnn.system.cores import physical_cores

# cell, layers, H, V
SHAPES = [("lstm", 2, 128, 65), ("gru", 3, 512, 98), ("lstm", 2, 512, 83)]
LENGTH = 100  # characters of one stream at a time
SAMPLES, SAMPLE = 32, 1000  # samples, and characters of each
NAMES = ["one", f"{SAMPLES} samples", "torch.nn", "torch cells"]


def ours(cell, layers, H, V, samples):
    """A function that goes on with one stream, or one that generates all samples from the beginning."""
    threadpool_limits(1, user_api="blas")
    model = LanguageModel(V, cell, layers, H, rng=np.random.default_rng(0))
    rng, prime = np.random.default_rng(1), np.zeros((1, samples), np.intp)
    if samples > 1:
        return lambda: generate_many(model, prime, SAMPLE, rng, physical_cores())
    stream = generate(model, prime, rng)
    return lambda: list(islice(stream, LENGTH))


def in_pytorch(cell, layers, H, V, with_cells):
    """The same in PyTorch, for one sample."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    output, one_hot = nn.Linear(H, V), torch.eye(V)
    if with_cells:
        kind = {"lstm": nn.LSTMCell, "gru": nn.GRUCell}[cell]
        stack = [kind(size, H) for size in [V] + [H] * (layers - 1)]
        state = [None] * layers
    else:
        rnn, state = {"lstm": nn.LSTM, "gru": nn.GRU}[cell](V, H, layers), None
    x = one_hot[:1]

    def hidden():
        nonlocal state
        if with_cells:
            h = x
            for k, part in enumerate(stack):
                state[k] = part(h, state[k])
                h = state[k][0] if cell == "lstm" else state[k]
            return h
        h, state = rnn(x[None], state)
        return h[0]

    def step():
        nonlocal x
        with torch.no_grad():
            for _ in range(LENGTH):
                x = one_hot[torch.multinomial(torch.softmax(output(hidden())[0], 0), 1)]

    return step


def bytes_read(cell, layers, H, V):
    """Bytes of matrices that one character reads: one row of the first Wx, and all of the others."""
    gates = {"gru": 3, "lstm": 4}[cell]
    return 4 * H * (gates * (1 + H + 2 * H * (layers - 1)) + V)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", type=int, default=5, help="turns of each side (default 5)")
    p.add_argument("--seconds", type=float, default=2.0, help="length of a turn (default 2)")
    o = p.parse_args()
    print(f"{'characters a second':<22}{'minrnn':>9}{'torch.nn':>10}{'cells':>9}{'ratio':>8}{'GB/s':>7}", end="")
    print(f"{f'{SAMPLES} samples':>13}{'to one':>8}")
    for shape in SHAPES:
        arguments = [(ours, (*shape, n)) for n in (1, SAMPLES)] + [(in_pytorch, (*shape, way)) for way in (False, True)]
        medians = take_turns(dict(zip(NAMES, arguments)), o.rounds, o.seconds)
        characters = (LENGTH, SAMPLES * SAMPLE, LENGTH, LENGTH)
        one, many, *peers = (m and n / m for m, n in zip(medians.values(), characters))
        cell, layers, H, V = shape
        row = [f"{one:>9,.0f}", *(f"{speed or 0:>{width},.0f}" for speed, width in zip(peers, (10, 9)))]
        row += [f"{one / max(peers):>8.1f}" if all(peers) else f"{'absent':>8}"]
        row += [f"{one * bytes_read(*shape) / 1e9:>7.0f}", f"{many:>13,.0f}", f"{many / one:>8.1f}"]
        print(f"{cell} {layers}x{H} V={V}".ljust(22) + "".join(row), flush=True)


if __name__ == "__main__":
    main()
