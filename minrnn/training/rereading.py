"""Dropout that grows as a run reads its text again and again.

Nobody learns a text by heart that they read for the first time, and there dropout only makes learning slower. So it
begins later, and every doubling of the epochs adds as much. The more weights a model has for each symbol of the text,
the sooner it knows that by heart:
    (1) p = first + growth log2(epochs min(weights / symbols, MOST_WEIGHTS) / HARMLESS)
after the first epoch, where that is more than `first`, and at most MOST_DROPOUT.
"""

import math

from ..options.training_options import FEW_SYMBOLS, GROWTH, MOST_DROPOUT

# What epochs times weights a symbol may be without dropout, and from how many weights a symbol on more do not matter.
HARMLESS, MOST_WEIGHTS = 2.5, 4.0


class Rereading:
    """The dropout of a run over `symbols` by a model with so many `weights`: `first`, and what `growth` adds.

    Where `growth` is None, it is GROWTH, and none in a text of less than FEW_SYMBOLS.
    """

    def __init__(self, growth: float | None, first: float, weights: int, symbols: int):
        if growth is None:
            growth = GROWTH if symbols >= FEW_SYMBOLS else 0.0
        self.first, self.growth = first, growth
        # Where (1) begins, in epochs. But nothing is added in the first one.
        self.begins = HARMLESS / min(weights / symbols, MOST_WEIGHTS)
        self.free = max(1.0, self.begins)

    def dropout(self, epochs: float) -> float:
        """The share to drop after so many passes through the text."""
        if epochs <= self.free:
            return self.first
        return max(self.first, min(self.first + self.growth * math.log2(epochs / self.begins), MOST_DROPOUT))  # (1)

    def introduction(self) -> list[str]:
        """A line on what is to come, if anything is."""
        if not self.growth:
            return []
        first = f"{self.first:g}" if self.first else "none"
        return [
            f"dropout: {first} in the first {self.free:.3g} epochs, then {self.growth:g} more with every doubling of "
            f"them, up to {MOST_DROPOUT} (--dropout P: always P)"
        ]
