"""The held-out text of a run, and how much of it a validation reads: all, or where that takes too long, an even part.

The size follows from counted symbols, not from measured seconds. So it is the same on every machine, on any number of
threads and ranks, and in a resumed run.
"""

from collections.abc import Iterator

import numpy as np

from data import Streams, fit, spread, windows

# A validation reads at most so many symbols for each one that the run learns from until the next validation, and the
# last one so many for each one that the whole run learned from. Reading a symbol takes about a third of the time of
# learning from it (an LSTM 2x256 reads 2.8 times as fast), so validations take an eighth of the time. Where a sampled
# softmax makes learning several times cheaper, as many times fewer symbols are read.
SHARE, LAST_SHARE = 0.4, 0.2
# But a text of so many symbols is read whole, and of a longer one so many at least: the loss of fewer is uncertain.
WHOLE, LEAST = 120_000, 10_000
# The fewest symbols in a row of a validation, where the text is long enough.
LEAST_ROW = 1000


class HeldOut:
    """`total` symbols are held out, and a validation in the course of the run reads `part` of them."""

    def __init__(self, text: np.ndarray, options: dict, streams: Streams, cheaper: float = 1.0) -> None:
        """text: symbol ids (n,); `streams` are the batches that the run learns from.

        `cheaper` tells how many times cheaper a sampled softmax makes the learning: see `reading_to_learning`.
        """
        self.text, self.total, self.streams = text, len(text), streams
        self.learned_between = options["eval_every"] * streams.N * streams.T
        asked = options["val_symbols"]
        if asked is None:
            whole = max(LEAST, int(WHOLE / cheaper))
            short = self.total <= whole or not self.learned_between
            asked = whole if short else max(LEAST, int(SHARE / cheaper * self.learned_between))
        self.last_share = LAST_SHARE / cheaper
        self.part = min(max(asked, 2) if asked else self.total, self.total)

    def at_the_end(self, learned: int) -> int:
        """How many symbols the last validation of a run reads that `learned` from so many, each as often as seen."""
        return min(self.total, max(self.part, int(self.last_share * learned)))

    def windows(self, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The whole text, or an even part of n symbols, as batches x, y, integers (T, N)."""
        text = spread(self.text, n)
        # The first symbols of a row are predicted badly, from a zero state: a short text gets fewer rows.
        N, T = fit(len(text), min(self.streams.N, max(1, len(text) // LEAST_ROW)), self.streams.T)
        return windows(text, N, T)

    def introduction(self) -> list[str]:
        """What a person should know about validations, if they do not read the whole text or take long."""
        lines = []
        if self.part < self.total:
            lines.append(
                f"validation reads {self.part:,} of {self.total:,} held-out symbols, spread evenly, and more at the "
                f"end: all of them if the run has learned from {self.total / self.last_share:,.0f} by then; "
                "--val-symbols 0 reads all of them always"
            )
        if self.learned_between and self.part > 2 * self.learned_between:
            lines.append(
                f"advice: a validation reads {self.part:,} symbols, and only {self.learned_between:,} are learned from "
                "until the next one; a larger --eval-every or a smaller --val-symbols leaves more time to learn"
            )
        return lines
