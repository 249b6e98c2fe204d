"""Words: a tokeniser from which the text comes back exactly."""

import re

from .vocabulary import UNKNOWN, Vocabulary

# A word (with inner apostrophes), one mark of punctuation, or a run of white space.
TOKEN = re.compile(UNKNOWN + r"|\w+(?:['’]\w+)*|[^\w\s]|\s+")
PRESPLIT = re.compile(r"\n|[^\s]+")


class WordVocabulary(Vocabulary):
    """One symbol a word, a mark of punctuation, or a run of white space.

    A text that is `tokenised` already, like Penn Treebank, keeps its own tokens, whatever stands
    between spaces; its line ends are one symbol, and spaces are none.
    """

    level = "word"

    def __init__(self, symbols, lowercase=False, letters=False, tokenised=False):
        super().__init__(symbols, lowercase, letters)
        self.tokenised = tokenised

    @classmethod
    def style(cls, text, **folding):
        """A text is tokenised already where " a b c \\n" is how all of it is written."""
        reader = cls((), **folding, tokenised=True)
        return {"tokenised": all(reader.join(reader.split(piece)) == piece for piece in reader.read_all(text))}

    def read(self, text, path):
        """Pieces that end where a word does, or where the file does."""
        rest = ""
        for piece in super().read(text, path):
            piece = rest + piece
            cut = last_gap(piece)
            yield piece[:cut]
            rest = piece[cut:]
        yield rest

    def split(self, piece):
        return (PRESPLIT if self.tokenised else TOKEN).findall(piece)

    def join(self, symbols):
        """Tokens of a tokenised text get back the space before them: " the cat sat \\n"."""
        return super().join(" " + s for s in symbols) if self.tokenised else super().join(symbols)

    def as_dict(self):
        return {**super().as_dict(), "tokenised": self.tokenised}


def last_gap(piece):
    """Where the last run of white space begins; 0 if there is none."""
    if piece[-1:].isspace():
        return len(piece.rstrip())
    parts = piece.rsplit(None, 1)
    return len(parts[0]) if len(parts) == 2 else 0
