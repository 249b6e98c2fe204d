"""Dropout that grows as a run reads its text again and again.

Nobody learns a text by heart that they read for the first time, and there dropout only makes learning slower. So it
begins later, and every doubling of the passes through the text adds as much:
    (1) p = first + growth log2(epochs / FREE_EPOCHS) min(1, weights / symbols)
from FREE_EPOCHS on, and at most MOST_DROPOUT.
A model with few weights for the symbols of the text cannot learn it by heart, and drops less.
"""

import math

from ..options.training_options import FEW_SYMBOLS, FREE_EPOCHS, GROWTH, MOST_DROPOUT


class Rereading:
    """The dropout of a run over `symbols` by a model with so many `weights`: `first`, and what `growth` adds.

    Where `growth` is None, it is GROWTH, and none in a text of less than FEW_SYMBOLS.
    """

    def __init__(self, growth: float | None, first: float, weights: int, symbols: int):
        if growth is None:
            growth = GROWTH if symbols >= FEW_SYMBOLS else 0.0
        self.first, self.growth = first, growth * min(1.0, weights / symbols)

    def __bool__(self) -> bool:
        """Whether the dropout ever changes."""
        return self.growth > 0

    def introduction(self) -> list[str]:
        """A line on what is to come, if anything is."""
        if not self:
            return []
        begins = f"{self.first:g}" if self.first else "none"
        return [
            f"dropout: {begins} in the first {FREE_EPOCHS} epochs, then {self.growth:.2g} more with every doubling of "
            f"them, up to {MOST_DROPOUT} (--dropout P: always P)"
        ]

    def dropout(self, epochs: float) -> float:
        """The share to drop after so many passes through the text."""
        p = self.first + self.growth * math.log2(max(epochs / FREE_EPOCHS, 1.0))  # (1)
        return max(self.first, min(p, MOST_DROPOUT))
