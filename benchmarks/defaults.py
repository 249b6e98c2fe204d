#!/usr/bin/env python3
"""How good are the defaults? Trains models of many shapes with the defaults, and beside them with other values.

    python benchmarks/defaults.py results.jsonl --chars CHARS.txt --words TRAIN.txt
    python benchmarks/defaults.py results.jsonl --table

For each shape and length of run, the contenders are the defaults and the defaults with one option changed. The
shapes come in a random order, always the same, so what is done when the time is up is a fair sample of all. A
line of the file is one run; what is in the file already is not run again, so the script may be stopped and
started at any time. The table has for each shape the validation loss of the defaults in nats a symbol, the best
other contender, and how much higher the loss of the defaults is. The machine must be otherwise idle, but for another
one of these on another core (`taskset -c 1 python benchmarks/defaults.py OTHER.jsonl --words TRAIN.txt --threads 1`).
"""

import argparse
import itertools
import json
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from minrnn.options.resolve import resolve
from minrnn.system.cores import physical_cores
from minrnn.training.run import DivergedError, Run

CELLS = ("rnn", "gru", "lstm", "lnlstm")
LAYERS = (1, 2, 3)
HIDDEN = (64, 128, 256, 512)
EMBED = (0, 64)
DROPOUT = (0.0, 0.4)  # Where it is 0, the option is not given.
LEVELS = ("char", "word")
MINUTES = (1, 2, 4)

OTHERS = {
    "--lr / 2": lambda o: {"lr": o["lr"] / 2},
    "--lr x 2": lambda o: {"lr": o["lr"] * 2},
    "--batch-size 64 --lr x 2": lambda o: {"batch_size": 64, "lr": o["lr"] * 2},
    "--clip-norm 1": lambda o: {"clip_norm": 1.0},
    "--dropout 0": lambda o: {"dropout_growth": 0.0},
    "--weight-decay 0": lambda o: {"weight_decay": 0.0},
    "--sampled-softmax 0": lambda o: {"sampled_softmax": 0 if o["level"] == "word" else None},
}


def shapes():
    """All shapes as options of train.py, in a random order that is always the same."""
    names = ("cell", "layers", "hidden", "embed", "dropout", "level")
    grid = [dict(zip(names, v)) for v in itertools.product(CELLS, LAYERS, HIDDEN, EMBED, DROPOUT, LEVELS)]
    random.Random(0).shuffle(grid)
    return grid


def contenders(options):
    """{name: options}: the defaults for this shape, and each of OTHERS that differs from them."""
    defaults = resolve(options)
    changed = {name: options | change(defaults) for name, change in OTHERS.items()}
    return {"defaults": options} | {
        name: other for name, other in changed.items() if any(other[key] != defaults[key] for key in other)
    }


def loss(options):
    """The validation loss at the end of a run; None if it diverged."""
    run = Run(resolve(options))
    run.train_step()
    run.started = time.perf_counter()  # so that what the first step may have to compile does not count
    try:
        while not run.over:
            run.train_step()
        return run.validate()[0]
    except DivergedError:
        return None


def read(path):
    """{(shape as text, minutes, contender): loss} of the runs in the file."""
    lines = path.read_text().splitlines() if path.exists() else []
    runs = map(json.loads, lines)
    return {(json.dumps(run["shape"]), run["minutes"], run["contender"]): run["loss"] for run in runs}


def measure(path, texts, minutes, threads):
    """Makes all runs that the file does not have yet, and adds each to it."""
    done = read(path)
    for shape, length in itertools.product(shapes(), minutes):
        if shape["level"] not in texts:
            continue
        given = {"text": [texts[shape["level"]]], "minutes": length, "threads": threads, "quiet": True} | shape
        if not shape["dropout"]:
            del given["dropout"]
        for name, options in contenders(given).items():
            if (json.dumps(shape), length, name) in done:
                continue
            record = {"shape": shape, "minutes": length, "contender": name, "loss": loss(options)}
            with open(path, "a") as file:
                file.write(json.dumps(record) + "\n")
            print(json.dumps(record), flush=True)


def table(path):
    """The file as a table in Markdown, the shapes with the worst defaults first."""
    groups = {}
    for (shape, minutes, name), value in read(path).items():
        groups.setdefault((shape, minutes), {})[name] = float("inf") if value is None else value
    rows = []
    for (shape, minutes), losses in groups.items():
        if "defaults" in losses and len(losses) > 1:
            ours = losses.pop("defaults")
            best = min(losses, key=losses.get)
            rows.append((ours / losses[best] - 1, shape, minutes, ours, best, losses[best]))
    print(
        "| cell | layers | hidden | embed | dropout | level | minutes | defaults | best other | its loss | above it |"
    )
    print("|" + "---|" * 11)
    for above, shape, minutes, ours, best, other in sorted(rows, reverse=True):
        cells = " | ".join(str(v) for v in json.loads(shape).values())
        print(f"| {cells} | {minutes} | {ours:.4f} | {best} | {other:.4f} | {100 * above:+.1f}% |")
    print(f"\n{sum(row[0] <= 0.02 for row in rows)} of {len(rows)} are within 2% of the best.")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file", type=Path, help="where the results are kept, a line each")
    p.add_argument("--chars", help="a text to learn by characters")
    p.add_argument("--words", help="a text to learn by words")
    p.add_argument("--minutes", type=float, nargs="+", default=MINUTES, help="lengths of the runs (default 1 2 4)")
    p.add_argument("--threads", type=int, default=physical_cores(), help="default: the physical cores")
    p.add_argument("--table", action="store_true", help="run nothing, print the table")
    o = p.parse_args()
    if not o.table:
        texts = {"char": o.chars, "word": o.words}
        measure(o.file, {level: text for level, text in texts.items() if text}, o.minutes, o.threads)
    table(o.file)


if __name__ == "__main__":
    main()
