#!/usr/bin/env python3
"""The rate and the decay of `--score --dynamic` for a model, searched on a part of its training text.

    python benchmarks/dynamic_search.py runs/mine --rates 2e-4,4e-4,8e-4 --decays 3e-4,1e-3,3e-3

The end of the training text is scored with every rate (a row) and decay (a column), in nats a symbol. The statistics
come from the text before it, once. What the run held out is not read, so it can still be used for a fair score. The
model has learned from the symbols that are scored here: its losses are lower than on a new text, and it may gain less.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from data import windows
from minrnn.checkpoint.pretrained import load_model
from minrnn.generation.dynamic import evaluate, usual_gradient
from minrnn.generation.score import WINDOW
from minrnn.parallel.shards import Shards
from minrnn.rundir.folder import checkpoint_in
from minrnn.training.training_text import training_text


def numbers(text):
    return [float(number) for number in text.split(",")]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model", metavar="MODEL", help="a checkpoint of train.py, or the folder of a run")
    p.add_argument("--symbols", type=int, default=50_000, help="how many symbols to score (default 50000)")
    p.add_argument("--segment", type=int, default=20, help="symbols between two updates (default 20)")
    p.add_argument("--rates", type=numbers, default=[1e-4, 2e-4, 4e-4, 8e-4], help="default 1e-4,2e-4,4e-4,8e-4")
    p.add_argument("--decays", type=numbers, default=[3e-4, 1e-3, 3e-3], help="default 3e-4,1e-3,3e-3")
    p.add_argument("--text", metavar="FILE", help="the training text, if it is elsewhere now; all of it counts")
    o = p.parse_args()
    path = checkpoint_in(o.model)
    model, vocabulary = load_model(path)
    symbols = training_text(path, vocabulary, o.text)
    if not 0 < o.symbols < len(symbols) - 1:
        p.error(f"--symbols {o.symbols} does not leave a text for the statistics; give 1 to {len(symbols) - 2}")
    M = usual_gradient(model, symbols[: -o.symbols], o.segment)
    framed = model.framed(symbols[-o.symbols :], vocabulary.opening())
    static, _ = Shards(model, 1, 1).evaluate(windows(framed, 1, WINDOW))
    print(f"static {static:.4f}, segments of {o.segment}, {o.symbols} symbols; mean of M {M.mean():.3g}")
    print(f"{'rate':>8}" + "".join(f"{f'decay {decay:g}':>15}" for decay in o.decays))
    for rate in o.rates:
        print(f"{rate:8g}", end="")
        for decay in o.decays:
            print(f"{evaluate(model, framed, M, rate, decay, o.segment)[0]:15.4f}", end="", flush=True)
        print()


if __name__ == "__main__":
    main()
