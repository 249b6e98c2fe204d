"""The lines of a text: some of them held out at random, and whether they are sorted."""

from collections.abc import Callable

import numpy as np

from .errors import TextError

# Neighbouring lines that are compared at most and at least, and how much of each.
PAIRS, LEAST, HEAD = 1000, 40, 16
# The share of the neighbours that may be in the wrong order in sorted lines: people sort in many ways.
ODD = 0.05


def hold_out_lines(
    symbols: np.ndarray, starts: list[int], line_end: int | None, share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """(training part, held-out part, where in the training part each file starts) of a text of symbol ids (n,).

    Held out is this share of the lines, but at least one; both parts have their lines in the order of the text.
    `starts` are the first symbols of the files, and a line ends with the symbol `line_end` or its file. Raises
    TextError where there is only one line.
    """
    ends = np.flatnonzero(symbols == line_end) + 1
    cuts = np.union1d(ends, [*starts[1:], len(symbols)])
    cuts = cuts[cuts > 0]
    if len(cuts) < 2:
        raise TextError(f"--val-lines {share} draws lines, but the text has no two; hold out a share of it with --val")
    drawn = np.zeros(len(cuts), bool)
    drawn[rng.permutation(len(cuts))[: min(len(cuts) - 1, max(1, round(len(cuts) * share)))]] = True
    lengths = np.diff(cuts, prepend=0)
    held_out = np.repeat(drawn, lengths)
    kept = np.concatenate([[0], np.cumsum(lengths * ~drawn)])
    return symbols[~held_out], symbols[held_out], kept[np.searchsorted(cuts, starts, side="right")].tolist()


def looks_sorted(symbols: np.ndarray, line_end: int | None, decode: Callable[[np.ndarray], str]) -> bool:
    """Whether the lines of a text, symbol ids (n,), are in alphabetical order or the reverse, up to a few of them."""
    ends = np.flatnonzero(symbols == line_end)

    def head(k: int) -> str:
        return decode(symbols[ends[k] + 1 : ends[k + 1]][:HEAD]).casefold()

    pairs = np.unique(np.linspace(0, max(len(ends) - 3, 0), PAIRS).astype(int)) if len(ends) > LEAST else []
    heads = [(head(k), head(k + 1)) for k in pairs]
    up, down = sum(a < b for a, b in heads), sum(a > b for a, b in heads)
    return max(up, down) >= LEAST and min(up, down) <= ODD * (up + down)
