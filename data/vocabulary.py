"""What all vocabularies share: every symbol of a text has an id, and ids become text again."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from .errors import UnknownSymbol
from .folding import lower, only_letters, visible
from .saved import check_saved
from .text import Text
from .unknown import ERROR, SKIP, refusal

UNKNOWN = "<unk>"


class Vocabulary:
    """Symbols in a fixed order; the id of a symbol is its place in `symbols`.

    A level of vocabulary says how to cut a text into symbols (`split`), and the rest where it differs
    from what is here. With <unk> among the symbols, every unknown symbol is read as <unk>.
    """

    level = ""
    line_end = "\n"
    foldable = True  # to lower case, or to the letters a to z
    raw = False  # reads the bytes of a file, not its text
    headline = "loss"  # how people compare models of this level: by their "loss" or "perplexity"

    def __init__(self, symbols: Iterable, lowercase: bool = False, letters: bool = False) -> None:
        self.symbols = list(symbols)
        self.lowercase, self.letters = lowercase, letters
        self.index = {symbol: k for k, symbol in enumerate(self.symbols)}
        self.unknown = self.index.get(UNKNOWN)

    @classmethod
    def learn(cls, text: Text, size: int | None = None, **folding: bool | str) -> "Vocabulary":
        """The vocabulary of a Text: all its symbols in order, or the `size` most frequent with <unk> for the rest."""
        style = cls.style(text, folding)
        counts = cls((), **style).counts(text)
        symbols = set(counts)
        if size is not None and size < len(symbols):
            ranked = sorted(symbols - {UNKNOWN}, key=lambda s: (-counts[s], s))
            symbols = {UNKNOWN, *ranked[: size - 1]}
        return cls(sorted(symbols), **style)

    def grown(self, text: Text, size: int | None = None) -> "Vocabulary":
        """This vocabulary and, after its symbols, the new ones of a Text; with `size`, the most frequent that fit."""
        counts = self.counts(text)
        new = sorted(counts.keys() - self.index.keys(), key=lambda s: (-counts[s], s))
        if size is not None and len(self) + len(new) > size:
            unknown = [UNKNOWN] if self.unknown is None else []
            new = unknown + new[: max(0, size - len(self) - len(unknown))]
        style = {name: value for name, value in self.as_dict().items() if name not in ("level", "symbols")}
        return type(self)(self.symbols + sorted(new), **style)

    def counts(self, text: Text) -> Counter:
        """How often each symbol occurs in a Text, also those that this vocabulary does not have."""
        counts = Counter()
        for piece in self.read_all(text):
            counts.update(self.count(piece))
        return counts

    @classmethod
    def style(cls, text: Text, folding: dict[str, bool | str]) -> dict[str, bool | str]:
        """The arguments of the constructor beside the symbols: the folding, and what the text itself decides."""
        return folding

    def read(self, text: Text, path: Path) -> Iterator[str]:
        """Yields one file of a Text in pieces; no symbol is cut in two."""
        rest, kept = "", (0, 0)
        for piece in text.pieces(path):
            folded = self.folded(piece)
            if self.letters:
                kept = kept[0] + visible(folded), kept[1] + visible(piece)
            piece = rest + folded
            end = self.last_end(piece)
            yield piece[:end]
            rest = piece[end:]
        yield rest
        if self.letters:
            text.kept[path] = kept

    def read_all(self, text: Text) -> Iterator[str]:
        """Yields the pieces of all files, one file after the other."""
        for path in text.files:
            yield from self.read(text, path)

    def folded(self, piece: str) -> str:
        """The piece in lower case, or with a space for everything but the letters a to z, if that was asked for."""
        return only_letters(piece) if self.letters else lower(piece) if self.lowercase else piece

    def last_end(self, piece: str) -> int:
        """The place in a piece where a symbol surely ends, whatever follows; the rest waits for the next piece."""
        return len(piece)

    def split(self, piece: str) -> Iterable:
        """The symbols of a string."""
        raise NotImplementedError

    def count(self, piece: str) -> Iterable | dict:
        """The symbols of a string, or how often each occurs: what `Counter.update` takes."""
        return self.split(piece)

    def encode(self, piece: str, unknown: str | None = None) -> np.ndarray:
        """The symbol ids (n,) of a string. What to do with unknown symbols is said in `unknown.read`."""
        ids = self.lookup(self.folded(piece))
        if (ids < 0).any():
            if unknown != SKIP and (unknown == ERROR or self.unknown is None):
                raise refusal(self, piece)
            ids = ids[ids >= 0] if unknown == SKIP else np.where(ids < 0, self.unknown, ids)
        return ids.astype(self.dtype)

    def lookup(self, piece: str) -> np.ndarray:
        """The symbol ids (n,) of a folded string; -1 for unknown symbols."""
        return np.array([self.index.get(symbol, -1) for symbol in self.split(piece)], np.intp)

    def encode_text(self, text: Text, unknown: str | None = None) -> tuple[np.ndarray, list[int]]:
        """The symbol ids (n,) of a whole Text, 1, 2 or 4 bytes each, and how many come before each of its files.

        No symbol spans two files. Unknown symbols: as `encode` treats them.
        """
        memory, starts = bytearray(), []
        try:
            for path in text.files:
                starts.append(len(memory) // self.dtype.itemsize)
                for piece in self.read(text, path):
                    memory += self.encode(piece, unknown).data
        except UnknownSymbol:
            raise refusal(self, text) from None
        return np.frombuffer(memory, self.dtype), starts

    def join(self, symbols: Iterable) -> str:
        """The string that these symbols stand for."""
        return "".join(symbols)

    def decode(self, ids: Iterable[int]) -> str:
        """The string of symbol ids (n,)."""
        return self.join([self.symbols[k] for k in ids])

    def decoder(self) -> Callable[[np.ndarray], str]:
        """A function like `decode` for a text that arrives a few ids at a time."""
        return self.decode

    def label(self, k: int) -> str:
        """Symbol k by itself, for people to read."""
        return self.decode([k])

    def starters(self) -> np.ndarray | None:
        """The ids (n,) of the symbols that occur, so that a text may begin with them; None if that is not known."""
        known = [k for k in range(len(self)) if k != self.unknown]
        return np.array(known or [self.unknown])

    def opening(self) -> np.ndarray:
        """The id (1,) of what comes before a text without a prompt: a line end, or else a symbol that occurs."""
        end, starters = self.index.get(self.line_end, 0), self.starters()
        return np.array([end if starters is None or end in starters else starters[0]], self.dtype)

    def about(self) -> list[str]:
        """What a person wants to know of how a text is cut into symbols, a line each."""
        return []

    def blanks(self, run: str) -> int:
        """How many symbols to fill in for a run of blanks, such as "___": one for each."""
        return len(run)

    def fillers(self) -> np.ndarray | None:
        """Which symbols may fill a blank: booleans (V,), or None for all."""
        return None

    @property
    def dtype(self) -> np.dtype:
        """The smallest unsigned integer type that holds every id."""
        return np.min_scalar_type(max(len(self) - 1, 0))

    def __len__(self) -> int:
        return len(self.symbols)

    def as_dict(self) -> dict:
        """Built-ins only, for a checkpoint; `vocabulary_from` reads it."""
        return {"level": self.level, "symbols": self.symbols, "lowercase": self.lowercase, "letters": self.letters}

    @classmethod
    def check(cls, saved: dict) -> None:
        """Raises ValueError unless the untrusted `saved` can be what `as_dict` of this level returned.

        Needs no more memory than a list of the symbols.
        """
        check_saved(cls, saved)

    @classmethod
    def possible(cls, symbols: list) -> bool:
        """Whether these values, of any types, can be the symbols of this level."""
        # Equal symbols are neighbours when sorted. A set would take more memory than a hostile file may ask for.
        return all(type(s) is str and s for s in symbols) and all(a != b for a, b in pairwise(sorted(symbols)))
