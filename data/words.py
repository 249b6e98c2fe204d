"""Words: a tokeniser from which the text comes back exactly."""

import re
from collections.abc import Iterable

import numpy as np

from .text import Text
from .vocabulary import UNKNOWN, Vocabulary

# A word (with inner apostrophes), a punctuation mark, or a run of white space.
TOKEN = re.compile(UNKNOWN + r"|\w+(?:['’]\w+)*|[^\w\s]|\s+")
PRESPLIT = re.compile(r"\n|[^\s]+")


class WordVocabulary(Vocabulary):
    """One symbol per word, punctuation mark, or run of white space.

    A text that is `tokenised` already, like Penn Treebank, keeps its own tokens: whatever stands
    between spaces. Its line ends are symbols, its spaces are not.
    """

    level = "word"
    headline = "perplexity"

    def __init__(
        self, symbols: Iterable[str], lowercase: bool = False, letters: bool = False, tokenised: bool = False
    ) -> None:
        super().__init__(symbols, lowercase, letters)
        self.tokenised = tokenised

    @classmethod
    def style(cls, text: Text, folding: dict[str, bool]) -> dict[str, bool]:
        """A text is tokenised already if all of it is written like " a b c \\n"."""
        reader = cls((), **folding, tokenised=True)
        tokenised = all(reader.join(reader.split(piece)) == piece for piece in reader.read_all(text))
        return {**folding, "tokenised": tokenised}

    def last_end(self, piece: str) -> int:
        """Where the last run of white space begins; 0 if there is none."""
        if piece[-1:].isspace():
            return len(piece.rstrip())
        parts = piece.rsplit(None, 1)
        return len(parts[0]) if len(parts) == 2 else 0

    def split(self, piece: str) -> list[str]:
        return (PRESPLIT if self.tokenised else TOKEN).findall(piece)

    def join(self, symbols: Iterable[str]) -> str:
        """Tokens of a tokenised text get back the space before them: " the cat sat \\n"."""
        return super().join(" " + s for s in symbols) if self.tokenised else super().join(symbols)

    def blanks(self, run: str) -> int:
        """A run of blanks is one word."""
        return 1

    def fillers(self) -> np.ndarray:
        """White space is a symbol too, but nobody wants it in a blank."""
        return np.array([not s.isspace() for s in self.symbols])

    def as_dict(self) -> dict:
        return {**super().as_dict(), "tokenised": self.tokenised}
