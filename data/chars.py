"""Characters: every Unicode code point is a symbol."""

import numpy as np

from .vocabulary import Vocabulary


class CharVocabulary(Vocabulary):
    """One symbol a character."""

    level = "char"

    def __init__(self, symbols, lowercase=False, letters=False):
        super().__init__(symbols, lowercase, letters)
        points = {ord(s): k for s, k in self.index.items() if len(s) == 1}
        self.table = np.full(max(points, default=0) + 2, -1 if self.unknown is None else self.unknown)
        for point, k in points.items():
            self.table[point] = k

    def split(self, piece):
        return piece

    def count(self, piece):
        counts = np.bincount(code_points(piece))
        return {chr(point): int(counts[point]) for point in np.flatnonzero(counts)}

    def encode(self, piece):
        points = code_points(self.folded(piece))
        numbers = self.table[np.minimum(points, self.table.size - 1)]
        if (numbers < 0).any():
            self.refuse(chr(points[numbers < 0][0]))
        return numbers.astype(self.dtype)


def code_points(piece):
    """The code points of a string, integers (n,)."""
    return np.frombuffer(piece.encode("utf-32-le", "surrogatepass"), np.uint32)
