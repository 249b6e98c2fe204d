"""Symbols of a text that a vocabulary does not know: all of them, how often, where, and what can be done."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from .errors import UnknownSymbol
from .text import Text

ERROR, SKIP = "error", "skip"
SHOWN = 20
FORMS = ("NFC", "NFD")


class Unknown(NamedTuple):
    """A symbol that a vocabulary does not know: how often it occurs, and where first, both counted from 1."""

    symbol: str
    count: int
    file: str
    line: int
    column: int

    def __str__(self) -> str:
        often = f"{self.count:,} times, first at " if self.count > 1 else ""
        file = f"{self.file}, " if self.file else ""
        return f"{self.symbol!r:.60} ({often}{file}line {self.line}, column {self.column})"


def read(vocabulary, text: str | Text, unknown: str | None = None, name: str = "text") -> tuple[np.ndarray, list[str]]:
    """(symbol ids (n,), notes for the user, a line each) of a string or a whole Text, as `agreed` makes it readable."""
    encode = vocabulary.encode if isinstance(text, str) else lambda *how: vocabulary.encode_text(*how)[0]
    try:
        return encode(text, ERROR), []
    except UnknownSymbol:
        text, notes = agreed(vocabulary, text, unknown, name)
        return encode(text, unknown), notes


def agreed(
    vocabulary, text: str | list[str] | Text, unknown: str | None, name: str, known: str = ""
) -> tuple[str | list[str] | Text, list[str]]:
    """(the text that can be read, notes for the user, a line each, which call the text `name`).

    A string, or a list of its pieces, is converted to NFC or NFD if the vocabulary knows more of its symbols then.
    `unknown` says what is done with unknown symbols: "skip" leaves them out, "error" raises UnknownSymbol, None reads
    them as <unk> if the vocabulary has that, and else raises UnknownSymbol. Symbols of the characters `known` are fine.
    """
    if vocabulary.raw:
        return text, []  # No byte is unknown.
    notes, found = [], find_unknown(vocabulary, pieces_of(vocabulary, text), known)
    if not isinstance(text, Text) and (form := best_form(vocabulary, text, found)):
        convert = partial(unicodedata.normalize, form)
        text = convert(text) if isinstance(text, str) else list(map(convert, text))
        notes = [f"the {name} is read in the Unicode form {form}, because the model knows more of its symbols so"]
        found = find_unknown(vocabulary, pieces_of(vocabulary, text), known)
    if found:
        if unknown == ERROR or (unknown is None and vocabulary.unknown is None):
            raise refusal(vocabulary, text, found)
        n = sum(u.count for u in found)
        how = "left out" if unknown == SKIP else "read as <unk>"
        notes.append(f"{n:,} unknown symbol{'s' * (n > 1)} of the {name} {how}: {listed(found)}")
    return text, notes


def refusal(vocabulary, text: str | list[str] | Text, found: list[Unknown] | None = None) -> UnknownSymbol:
    """The exception that names the unknown symbols of a text, all if not those `found`, and the cure."""
    found = find_unknown(vocabulary, pieces_of(vocabulary, text)) if found is None else found
    are, them = ("is", "it") if len(found) == 1 else ("are", "them")
    if form := best_form(vocabulary, text, found):
        letters = "one character" if form == "NFC" else "two characters"
        cure = f"the model knows such letters as {letters}: convert the text to the Unicode form {form}"
    else:
        cure = f"leave {them} out (--unknown skip does), or train on a text that has {them}"
    return UnknownSymbol(f"{listed(found)} {are} not among the {len(vocabulary):,} symbols this model knows; {cure}")


def find_unknown(vocabulary, pieces: Iterable[tuple[str, str]], known: str = "") -> list[Unknown]:
    """The unknown symbols of a text that comes in pieces, (file, piece), in the order of their first places.

    Symbols of the characters `known` are not among them.
    """
    counts, places, file, line, column = Counter(), {}, None, 1, 1
    for path, piece in pieces:
        if path != file:
            file, line, column = path, 1, 1
        piece = vocabulary.folded(piece)
        here = Counter(vocabulary.count(piece))
        here = {symbol: n for symbol, n in here.items() if symbol not in vocabulary.index and set(symbol) - set(known)}
        for symbol, at in first_places(vocabulary, piece, here.keys() - counts.keys()):
            rows, last = piece.count("\n", 0, at), piece.rfind("\n", 0, at)
            places[symbol] = file, line + rows, at - last if rows else column + at
        counts.update(here)
        rows = piece.count("\n")
        line, column = line + rows, len(piece) - piece.rfind("\n") if rows else column + len(piece)
    return [Unknown(symbol, counts[symbol], *place) for symbol, place in places.items()]


def first_places(vocabulary, piece: str, symbols: set[str]) -> Iterator[tuple[str, int]]:
    """Yields each of these symbols and where in the piece it occurs first."""
    at = 0
    for symbol in vocabulary.split(piece) if symbols else ():
        at = max(piece.find(symbol, at), at)
        if symbol in symbols:
            yield symbol, at
            symbols = symbols - {symbol}
            if not symbols:
                return
        at += len(symbol)


def best_form(vocabulary, text: str | list[str] | Text, found: list[Unknown]) -> str | None:
    """The Unicode form in which fewer symbols of the text are unknown than those `found`; None if there is none."""

    def count(form: str) -> int:
        pieces = ((file, unicodedata.normalize(form, piece)) for file, piece in pieces_of(vocabulary, text))
        return sum(u.count for u in find_unknown(vocabulary, pieces))

    best = min(FORMS, key=count)
    return best if found and count(best) < sum(u.count for u in found) else None


def pieces_of(vocabulary, text: str | list[str] | Text) -> Iterator[tuple[str, str]]:
    """Yields (file, piece): strings have no file, and the only file of a Text needs no name."""
    if not isinstance(text, Text):
        yield from (("", piece) for piece in ([text] if isinstance(text, str) else text))
        return
    for path in text.files:
        for piece in vocabulary.read(text, path):
            yield str(path) if len(text.files) > 1 else "", piece


def listed(found: list[Unknown]) -> str:
    """The unknown symbols with their counts and places; if there are very many, the first of them."""
    more = f" and {len(found) - SHOWN:,} other symbols" if len(found) > SHOWN else ""
    return ", ".join(map(str, found[:SHOWN])) + more


def can_come(text: str | bytes, symbols: Iterable[str | bytes]) -> bool:
    """Whether a text can stand in a row of these symbols, possibly beginning and ending inside of a symbol."""
    symbols = [symbol for symbol in symbols if symbol]
    if any(text in symbol for symbol in symbols):
        return True
    n, whole = len(text), set(symbols)
    # Where in the text a symbol can end, of which the text has the end or all.
    reached = {k for k in range(1, n) if any(symbol.endswith(text[:k]) for symbol in symbols)}
    longest = max(map(len, symbols), default=0)
    for k in range(1, n):
        if k in reached:
            if any(symbol.startswith(text[k:]) for symbol in symbols):
                return True
            reached |= {j for j in range(k + 1, min(n, k + longest) + 1) if text[k:j] in whole}
    return n in reached
