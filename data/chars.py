"""Characters: every Unicode code point is a symbol."""

import numpy as np

from .vocabulary import Vocabulary


class CharVocabulary(Vocabulary):
    """One symbol a character."""

    level = "char"

    def __init__(self, symbols, lowercase=False):
        super().__init__(symbols, lowercase)
        points = {ord(s): k for s, k in self.index.items() if len(s) == 1}
        self.table = np.full(max(points, default=0) + 2, -1 if self.unknown is None else self.unknown)
        for point, k in points.items():
            self.table[point] = k

    def split(self, piece):
        return piece

    def encode(self, piece):
        points = np.frombuffer(self.folded(piece).encode("utf-32-le"), np.uint32)
        numbers = self.table[np.minimum(points, self.table.size - 1)]
        if (numbers < 0).any():
            self.refuse(chr(points[numbers < 0][0]))
        return numbers.astype(self.dtype)
