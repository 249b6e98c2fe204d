"""Characters: every Unicode code point is a symbol."""

from collections.abc import Iterable

import numpy as np

from .vocabulary import UNKNOWN, Vocabulary


class CharVocabulary(Vocabulary):
    """One symbol per character."""

    level = "char"

    def __init__(self, symbols: Iterable[str], lowercase: bool = False, letters: bool = False) -> None:
        super().__init__(symbols, lowercase, letters)
        # The id by code point; the last place stands for all code points beyond.
        points = {ord(s): k for s, k in self.index.items() if len(s) == 1}
        self.table = np.full(max(points, default=0) + 2, -1)
        for point, k in points.items():
            self.table[point] = k

    def split(self, piece: str) -> str:
        return piece

    def count(self, piece: str) -> dict[str, int]:
        counts = np.bincount(code_points(piece))
        return {chr(point): int(counts[point]) for point in np.flatnonzero(counts)}

    def lookup(self, piece: str) -> np.ndarray:
        return self.table[np.minimum(code_points(piece), self.table.size - 1)]

    @classmethod
    def possible(cls, symbols: list) -> bool:
        return super().possible(symbols) and all(len(s) == 1 or s == UNKNOWN for s in symbols)


def code_points(piece: str) -> np.ndarray:
    """The code points of a string, integers (n,)."""
    return np.frombuffer(piece.encode("utf-32-le", "surrogatepass"), np.uint32)
