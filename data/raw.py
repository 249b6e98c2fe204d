"""Bytes: the 256 values are the symbols, so that any file at all can be read and nothing is unknown."""

import codecs

import numpy as np

from .errors import TextError
from .vocabulary import Vocabulary


class ByteVocabulary(Vocabulary):
    """One symbol a byte. Strings are taken as UTF-8; `decode` shows what is none as U+FFFD."""

    level = "byte"
    line_end = ord("\n")

    def __init__(self, symbols=range(256), lowercase=False, letters=False):
        super().__init__(symbols, lowercase, letters)

    @classmethod
    def learn(cls, text, size=None, lowercase=False, letters=False):
        if size is not None or lowercase or letters:
            raise TextError("--level byte takes every byte as it is; leave out --vocab-size, --lowercase and --letters")
        return cls()

    def read(self, text, path):
        return text.raw_pieces(path)

    def split(self, piece):
        return list(piece)

    def encode(self, piece):
        return np.frombuffer(piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape"), np.uint8)

    def join(self, symbols):
        return bytes(symbols).decode("utf-8", "replace")

    def decoder(self):
        """A character of several bytes appears when its last byte is there."""
        utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        return lambda numbers: utf8.decode(bytes(numbers.tolist()))
