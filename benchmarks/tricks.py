#!/usr/bin/env python3
"""What each trick gives in equal time: the validation loss of the defaults, and of the defaults with one change.

    python benchmarks/tricks.py results.jsonl tinyshakespeare --minutes 2 --seeds 0 1
    python benchmarks/tricks.py words.jsonl TRAIN VALID -- --val-files 1 --level word --embed 200 --hidden 200

What stands behind -- goes to train.py in every run. Each line of the file is a run; what is in the file already is not
run again, so the script may be stopped and started at any time. The machine must be otherwise idle, or at least be
equally busy all the time.
"""

import argparse
import json
import statistics
from pathlib import Path

from trained import split_arguments, trained

TRICKS = (
    "",  # the defaults
    "--lr 0.005",
    "--lr 0.02",
    "--final-lr 0.01",
    "--beta2 0.999",
    "--clip-norm 1",
    "--optimizer muon",
    "--optimizer rmsprop",
    "--batch-size 16",
    "--batch-size 64",
    "--seq-len 128",
    "--hidden 192",
    "--hidden 384",
    "--layers 1",
    "--layers 3",
    "--embed 64",
    "--cell gru",
    "--cell lnlstm",
    "--cell mogrifier",
    "--tie-gates",
    "--skip",
    "--dropout 0.1",
    "--input-dropout 0.1",
    "--weight-drop 0.2",
    "--weight-decay 0",
    "--weight-decay 0.3",
    "--l2 1e-6",
    "--l2 1e-6 --weight-decay 0",
    "--activation-reg 2 --temporal-reg 1",
    "--ema 0.998",
    "--tail-average 0.8",
)


def records(path):
    return list(map(json.loads, path.read_text().splitlines())) if path.exists() else []


def table(path):
    """The file as a table in Markdown, the lowest mean first. The seeds must be the same for all."""
    runs = {}
    for record in records(path):
        runs.setdefault(record["trick"], []).append(record)
    means = {trick: statistics.mean(run["loss"] for run in group) for trick, group in runs.items()}
    print("| change | steps | validation loss | to the defaults | seeds |\n|---|---|---|---|---|")
    for trick in sorted(means, key=means.get):
        losses, steps = ([run[key] for run in runs[trick]] for key in ("loss", "steps"))
        apart = f"{means[trick] - means['']:+.4f}" if trick and "" in means else ""
        each = ", ".join(f"{loss:.4f}" for loss in losses)
        name = f"`{trick}`" if trick else "**none**"
        print(f"| {name} | {statistics.mean(steps):.0f} | {means[trick]:.4f} | {apart} | {each} |")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("file", type=Path, help="where the results are kept, a line each")
    p.add_argument("text", nargs="*", help="the text to learn; without one, only the table is printed")
    p.add_argument("--minutes", type=float, default=2, help="length of each run (default 2)")
    p.add_argument("--seeds", type=int, nargs="+", default=[0], help="default 0")
    given, more = split_arguments()
    o = p.parse_args(given)
    done = {(record["trick"], record["seed"]) for record in records(o.file)}
    for seed, trick in ((seed, trick) for seed in o.seeds for trick in TRICKS if o.text):
        if (trick, seed) not in done:
            got = trained(*o.text, *trick.split(), f"--minutes={o.minutes}", f"--seed={seed}", *more)
            record = {"trick": trick, "seed": seed, "loss": got["best_loss"], "steps": got["step"]}
            with open(o.file, "a") as file:
                file.write(json.dumps(record) + "\n")
    table(o.file)


if __name__ == "__main__":
    main()
