"""What all vocabularies do: give every symbol of a text a number, and turn numbers back into text."""

from collections import Counter
from string import ascii_lowercase

import numpy as np

from .errors import UnknownSymbol

UNKNOWN = "<unk>"
# What --letters makes of each character: a letter in lower case, or else a space.
LETTERS = bytes(b if chr(b) in ascii_lowercase else ord(" ") for b in bytes(range(256)).lower())


class Vocabulary:
    """Symbols in a stable order; the number of a symbol is its place in `symbols`.

    A kind of vocabulary says how a text is cut into symbols (`split`) and how symbols make a text
    again (`join`). With <unk> among the symbols, every other symbol is read as that one.
    """

    level = ""
    line_end = "\n"

    def __init__(self, symbols, lowercase=False, letters=False):
        self.symbols = list(symbols)
        self.lowercase, self.letters = lowercase, letters
        self.index = {symbol: k for k, symbol in enumerate(self.symbols)}
        self.unknown = self.index.get(UNKNOWN)

    @classmethod
    def learn(cls, text, size=None, lowercase=False, letters=False):
        """The sorted symbols of a Text: all of them, or the `size` most frequent with <unk> for the rest."""
        style = cls.style(text, lowercase=lowercase, letters=letters)
        reader = cls((), lowercase, letters, **style)
        counts = Counter()
        for piece in reader.read_all(text):
            counts.update(reader.count(piece))
        symbols = set(counts)
        if size is not None and size < len(symbols):
            ranked = sorted(symbols - {UNKNOWN}, key=lambda s: (-counts[s], s))
            symbols = {UNKNOWN, *ranked[: size - 1]}
        return cls(sorted(symbols), lowercase, letters, **style)

    @classmethod
    def style(cls, text, **folding):
        """Further arguments of this kind that depend on the text."""
        return {}

    def read(self, text, path):
        """The pieces of one file of a Text, each a whole number of symbols."""
        for piece in text.pieces(path):
            yield self.folded(piece)

    def read_all(self, text):
        """The pieces of all files, one after the other."""
        for path in text.files:
            yield from self.read(text, path)

    def folded(self, piece):
        """As asked: in lower case, or as letters a to z (A to Z become these) and a space for every other character.

        Sigma is the one letter whose lower case depends on what stands around it.
        """
        if self.letters:
            # What is not ASCII becomes one "?" a character, and that a space.
            return piece.encode("ascii", "replace").translate(LETTERS).decode("ascii")
        return piece.replace("Σ", "σ").lower() if self.lowercase else piece

    def split(self, piece):
        """The symbols of a string."""
        raise NotImplementedError

    def count(self, piece):
        """How often each symbol stands in a string: a dict, or the symbols one by one."""
        return self.split(piece)

    def join(self, symbols):
        """The string that these symbols stand for."""
        return "".join(symbols)

    def encode(self, piece):
        """A string as numbers (n,). Raises UnknownSymbol for a symbol that is not known."""
        numbers = [self.index.get(symbol, self.unknown) for symbol in self.split(self.folded(piece))]
        if None in numbers:
            self.refuse(self.split(self.folded(piece))[numbers.index(None)])
        return np.array(numbers, self.dtype)

    def encode_text(self, text):
        """A whole Text as (numbers, starts): 1, 2 or 4 bytes a symbol, and for each file how many come before it.

        No symbol stands in two files.
        """
        memory, starts = bytearray(), []
        for path in text.files:
            starts.append(len(memory) // self.dtype.itemsize)
            for piece in self.read(text, path):
                memory += self.encode(piece).data
        return np.frombuffer(memory, self.dtype), starts

    def decode(self, numbers):
        """Numbers (n,) as a string."""
        return self.join([self.symbols[k] for k in numbers])

    def decoder(self):
        """A function like `decode` for symbols that arrive one by one."""
        return self.decode

    def opening(self):
        """What comes before a text that has no prompt: a line end, or else the first symbol. Numbers (1,)."""
        return np.array([self.index.get(self.line_end, 0)], self.dtype)

    def refuse(self, symbol):
        raise UnknownSymbol(
            f"{symbol!r} is not among the {len(self)} symbols this model knows; "
            "leave it out, or train on a text that has it"
        )

    @property
    def dtype(self):
        """The smallest unsigned integer type that holds every number."""
        return np.min_scalar_type(max(len(self) - 1, 0))

    def as_dict(self):
        """Built-ins only, for a checkpoint; `vocabulary_from` reads it."""
        return {"level": self.level, "symbols": self.symbols, "lowercase": self.lowercase, "letters": self.letters}

    def __len__(self):
        return len(self.symbols)
