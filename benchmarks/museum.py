#!/usr/bin/env python3
"""Trains every exhibit of docs/bug-museum.md and the right code, and draws the two loss curves.

    python benchmarks/museum.py                                # all exhibits, with pictures
    python benchmarks/museum.py --steps 1000 forgotten-dh-next # one exhibit for longer, without a picture

An exhibit runs in a copy of the project that has its bug, from the same seed and on the same text. The
table has three losses in nats a character, all on the held-out text: the loss of the right code, the loss
that the wrong code reports, and the loss that the right code measures for the weights of the wrong code.
The text is the Python standard library, so another version of Python gives slightly different numbers.
"""

import argparse
import csv
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from exhibits import ROOT, copy_tree, exhibits, spoil

sys.path.insert(0, str(ROOT))

from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.training.run import Run

# An ordinary model, small enough that one core trains it in seconds.
STEPS = 600
# The model is given, so that the curves do not move with the defaults.
START = "--layers 1 --init-output uniform:0.0125 --output-bias zero"
COMMON = "--hidden 64 --val-first 20000 --eval-every 30 --log-every 30 --sample-every 0 --quiet"
SHARDS = "--threads 1 --shards 1"
PICTURES = ROOT / "docs" / "museum"


def learn(tree, options, folder):
    """Trains in a tree; returns ((steps, validation losses) of the run, the loss of its weights by the right code)."""
    older = "" if "--optimizer" in options else "--weight-decay 0 --lr 0.005"
    command = [sys.executable, "train.py", *f"{COMMON} {START} {older} {SHARDS} {options}".split()]
    run = subprocess.run([*command, "--out", folder], cwd=tree, stderr=subprocess.PIPE, text=True)
    if run.returncode and "step" not in run.stderr:
        sys.exit(f"{options}: {run.stderr}")
    with open(folder / "log.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["val_loss"]]
    curve = [int(row["step"]) for row in rows], [float(row["val_loss"]) for row in rows]
    saved = checkpoint.load(folder / "last.pkl")
    loss, _, _ = Run(resolve({"threads": 1, "quiet": True}, saved["config"]["options"]), saved).validate()
    return curve, loss


def draw(right, wrong, title, path):
    """Both curves, (steps, losses) each, as a picture of 500 x 300 pixels."""
    from matplotlib.figure import Figure
    from PIL import Image

    figure = Figure(figsize=(5, 3), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    axes.plot(*right, color="tab:blue", linewidth=1.5, label="right")
    axes.plot(*wrong, color="tab:red", linewidth=1.5, linestyle="--", label="wrong")
    axes.set_xlabel("step")
    axes.set_ylabel("validation, nats a character")
    axes.set_title(title, fontsize="medium")
    axes.grid(alpha=0.3)
    axes.legend()
    image = io.BytesIO()
    figure.savefig(image, format="png")
    Image.open(image).convert("RGB").quantize(32).save(
        path, optimize=True
    )  # a third of the bytes, and it looks the same


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("names", nargs="*", help="names of exhibits, as their pictures are called (default: all)")
    p.add_argument("--seed", type=int, default=0, help="start of all randomness (default 0)")
    p.add_argument("--steps", type=int, default=STEPS, help=f"updates (default {STEPS})")
    o = p.parse_args()
    chosen = [e for e in exhibits() if not o.names or e.name in o.names]
    if unknown := set(o.names) - {e.name for e in chosen}:
        p.error(f"no picture of the page is called {' or '.join(sorted(unknown))}")
    length, right = f"--seed {o.seed} --steps {o.steps}", {}
    print("| exhibit | right | wrong, as it reports | wrong, measured right |\n|---|---|---|---|")
    for e in chosen:
        with tempfile.TemporaryDirectory() as scratch:
            if e.options not in right:
                right[e.options] = learn(ROOT, f"{e.options} {length}", Path(scratch) / "right")
            # After a change in `cells` no old kernel is used (see cells/kernels/cache.py): no need to copy them.
            kept = not any(path.startswith("cells/") for path in e.changes)
            tree = copy_tree(Path(scratch) / "tree", compiled=kept)
            spoil(tree, e)
            curve, loss = learn(tree, f"{e.options} {length}", Path(scratch) / "wrong")
        (steps, losses), _ = right[e.options]
        reported = f"{curve[1][-1]:.3f}" if curve[0] and curve[0][-1] == steps[-1] else "diverged"
        print(f"| [{e.title}](#{e.anchor}) | {losses[-1]:.3f} | {reported} | {loss:.3f} |", flush=True)
        if (o.seed, o.steps) == (0, STEPS):  # the numbers and pictures of the page
            PICTURES.mkdir(exist_ok=True)
            draw((steps, losses), curve, e.title, PICTURES / f"{e.name}.png")


if __name__ == "__main__":
    main()
