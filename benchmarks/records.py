#!/usr/bin/env python3
"""Draws docs/records.png: validation losses of runs on tiny-shakespeare against minutes, beside published losses.

python benchmarks/records.py "2 x 512, 25 minutes"=runs/tinyshakespeare-lstm [NAME=RUN ...]
"""

import argparse
import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from minrnn.rundir.folder import LOG
from minrnn.system.figure import new_figure, save

PICTURE = Path(__file__).parents[1] / "docs" / "records.png"

# Validation losses in nats a character on the same 90/10 split, by others. nanoGPT scores windows without what came
# before them. The minutes of the small one were measured beside our runs; the others had a GPU.
NANOGPT_LAPTOP = (176 / 60, 1.886, "nanoGPT, its recipe for a laptop")
LINES = {"nanoGPT, 10.65M parameters, GPU: 1.470": 1.4697, "minGRU: 1.548": 1.548, "minLSTM: 1.555": 1.555}
TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]


def curve(run):
    """(minutes, validation losses) of the run in this folder."""
    with open(run / LOG, newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["val_loss"]]
    return [float(row["seconds"]) / 60 for row in rows], [float(row["val_loss"]) for row in rows]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("runs", nargs="+", metavar="NAME=RUN", help="what to call a run, and its folder")
    p.add_argument("--out", type=Path, default=PICTURE, help="the picture")
    o = p.parse_args()
    figure = new_figure(figsize=(8, 5), dpi=120)
    axes = figure.add_subplot()
    for text in o.runs:
        name, _, run = text.rpartition("=")
        minutes, losses = curve(Path(run))
        axes.plot(minutes, losses, marker="o", markersize=3, label=f"{name}: {min(losses):.3f}")
    axes.plot(*NANOGPT_LAPTOP[:2], "k*", markersize=12, label=f"{NANOGPT_LAPTOP[2]}: {NANOGPT_LAPTOP[1]}")
    for k, (name, loss) in enumerate(LINES.items()):
        axes.axhline(loss, color="gray", linestyle=["-", "--", ":"][k], linewidth=1, label=name)
    axes.set_xscale("log")
    axes.set_xticks(TICKS, labels=TICKS)
    axes.minorticks_off()
    axes.set_xlabel("minutes on 2 cores")
    axes.set_ylabel("validation loss, nats a character")
    axes.set_title("tiny-shakespeare, last tenth held out")
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize="small")
    save(figure, o.out)


if __name__ == "__main__":
    main()
