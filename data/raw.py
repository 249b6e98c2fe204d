"""Bytes: the symbols are the 256 values, so that any file can be read and nothing is unknown."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from .errors import TextError
from .text import Text
from .vocabulary import Vocabulary


class ByteVocabulary(Vocabulary):
    """One symbol per byte. Strings are encoded as UTF-8; `decode` shows bytes that are not UTF-8 as U+FFFD."""

    level = "byte"
    line_end = ord("\n")
    foldable = False
    raw = True

    def __init__(
        self,
        symbols: Iterable[int] = range(256),
        lowercase: bool = False,
        letters: bool = False,
        seen: Iterable[int] | None = None,
    ) -> None:
        """`seen`: the bytes that the training text has, in order; None where an older checkpoint does not say it."""
        super().__init__(symbols, lowercase, letters)
        self.seen = None if seen is None else list(seen)

    @classmethod
    def learn(cls, text: Text, size: int | None = None, **folding: bool) -> "ByteVocabulary":
        return cls().grown(text, size, **folding)

    def grown(self, text: Text, size: int | None = None, **folding: bool) -> "ByteVocabulary":
        """The same bytes, of which more are seen."""
        if size is not None or any(folding.values()):
            raise TextError("--level byte takes every byte as it is; leave out --vocab-size, --lowercase and --letters")
        return type(self)(seen=sorted(self.counts(text).keys() | set(self.seen or [])))

    def read(self, text: Text, path: Path) -> Iterator[bytes]:
        return text.raw_pieces(path)

    def split(self, piece: bytes) -> list[int]:
        return list(piece)

    def count(self, piece: bytes) -> dict[int, int]:
        counts = np.bincount(np.frombuffer(piece, np.uint8))
        return {int(k): int(counts[k]) for k in np.flatnonzero(counts)}

    def encode(self, piece: str | bytes, unknown: str | None = None) -> np.ndarray:
        return np.frombuffer(piece if isinstance(piece, bytes) else piece.encode("utf-8", "surrogateescape"), np.uint8)

    def join(self, symbols: Iterable[int]) -> str:
        return bytes(symbols).decode("utf-8", "replace")

    def decoder(self) -> Callable[[np.ndarray], str]:
        """A character of several bytes appears with its last byte."""
        utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        return lambda ids: utf8.decode(bytes(ids.tolist()))

    def label(self, k: int) -> str:
        """A byte that is not a character by itself, as \\xC3."""
        return chr(k) if k < 128 else f"\\x{k:02X}"

    def starters(self) -> np.ndarray | None:
        return np.array(self.seen) if self.seen else None

    def as_dict(self) -> dict:
        return super().as_dict() | ({} if self.seen is None else {"seen": self.seen})

    @classmethod
    def check(cls, saved: dict) -> None:
        seen = saved.get("seen", [])
        if type(seen) is not list or any(type(k) is not int or not 0 <= k < 256 for k in seen):
            raise ValueError("its vocabulary has seen something that is no byte")
        super().check({name: value for name, value in saved.items() if name != "seen"})

    @classmethod
    def possible(cls, symbols: list) -> bool:
        return all(type(s) is int for s in symbols) and symbols == list(range(256))
