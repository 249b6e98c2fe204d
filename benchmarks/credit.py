#!/usr/bin/env python3
"""Draws docs/credit.svg: which steps the loss at each step credits, with the whole text, in chunks, and in windows.

    python benchmarks/credit.py > docs/credit.svg

An RNN computes it. A step is credited by a loss if its dx is not zero when only this loss has a gradient.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from cells import RNN

STEPS, CHUNK = 24, 8
# The first step of the piece of text through which the loss at step t is sent back.
STARTS = {
    "the whole text": lambda t: 0,
    f"chunks of {CHUNK}": lambda t: t - t % CHUNK,
    f"a window of {CHUNK} for each loss": lambda t: max(0, t - CHUNK + 1),
}
CELL, MARGIN, GAP, TOP = 9, 34, 26, 26

STYLE = """
  .page { fill: #fff } text { font: 12px sans-serif; fill: #333 }
  .none { fill: #eceff1 } .credited { fill: #4a90d9 } .own { fill: #123a66 } .cut { stroke: #c62828; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #15191e } text { fill: #ddd }
    .none { fill: #2a2f35 } .credited { fill: #4a90d9 } .own { fill: #d6e8fb } .cut { stroke: #ff8a80 }
  }
"""


def credit(start):
    """A matrix of bools (STEPS, STEPS): whether the loss at t (row) credits step s (column)."""
    rng = np.random.default_rng(0)
    cell, x = RNN(3, 4, np.float64, rng), rng.standard_normal((STEPS, 1, 3))
    reached = np.zeros((STEPS, STEPS), bool)
    for t in range(STEPS):
        first = start(t)
        _, state = cell.forward(x[:first]) if first else (None, None)
        h, _ = cell.forward(x[first : t + 1], state)
        dh_above = np.zeros_like(h)
        dh_above[-1] = 1
        dx, _ = cell.backward(dh_above)
        reached[t, first : t + 1] = dx.any(axis=(1, 2))
    return reached


def panel(title, reached, left):
    """The squares of one matrix, with its title above and the mean number of earlier steps below."""
    size = STEPS * CELL
    yield f'<text x="{left + size / 2}" y="{TOP - 9}" text-anchor="middle">{title}</text>'
    squares = {"none": "", "credited": "", "own": ""}
    for t in range(STEPS):
        for s in range(t + 1):
            kind = "own" if s == t else "credited" if reached[t, s] else "none"
            squares[kind] += f"M{left + s * CELL} {TOP + t * CELL}h{CELL - 1}v{CELL - 1}h{1 - CELL}z"
    for kind, path in squares.items():
        yield f'<path class="{kind}" d="{path}"/>'
    if title.startswith("chunks"):
        for cut in range(CHUNK, STEPS, CHUNK):
            x, y = left + cut * CELL - 0.5, TOP + cut * CELL - 0.5
            yield f'<path class="cut" d="M{x} {y - 4}V{TOP + size}"/>'
    mean = reached.sum() / STEPS - 1
    below = f"{mean:.1f} earlier steps on average"
    yield f'<text x="{left + size / 2}" y="{TOP + size + 18}" text-anchor="middle">{below}</text>'


def picture():
    """The SVG, as a string."""
    size = STEPS * CELL
    width, height = MARGIN + len(STARTS) * size + (len(STARTS) - 1) * GAP + 8, TOP + size + 52
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        f'<text x="16" y="{TOP + size / 2}" text-anchor="middle" transform="rotate(-90 16 {TOP + size / 2})">'
        "the loss at step t (down)</text>",
    ]
    for k, (title, start) in enumerate(STARTS.items()):
        lines += panel(title, credit(start), MARGIN + k * (size + GAP))
    lines.append(
        f'<text x="{MARGIN}" y="{height - 10}">across: the credited step. on the diagonal: the loss itself. '
        "blue: an earlier step that it credits. grey: one that it does not. red: a cut.</text>"
    )
    return "\n".join([*lines, "</svg>"]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(picture())
