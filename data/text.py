"""A text on disk, read piece by piece, so that 100 MB are never in memory as one string."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from .errors import TextError
from .sources import UTF16_MARKS, find_files

PIECE = 1 << 20
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# The codec, what to do with bytes that it cannot decode, and what those bytes become in the string.
UTF8 = ("utf-8-sig", "surrogateescape", re.compile("[\udc80-\udcff]"))
UTF16 = ("utf-16", "replace", re.compile(REPLACEMENT))
UTF8_MARK = b"\xef\xbb\xbf"
CURE = "convert it to UTF-8, or train with --level byte"


class Text:
    """The files behind a list of sources (see `find_files`), read one after the other as one text."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.files, self.notes = find_files(sources)
        self.remarks = {}
        self.lengths = dict.fromkeys(self.files, 0)

    @property
    def characters(self) -> int:
        """How many characters all files had when each was last read."""
        return sum(self.lengths.values())

    def pieces(self, path: Path) -> Iterator[str]:
        """Yields one of the files as strings of at most a million characters.

        The file is UTF-8, or UTF-16 with a byte order mark. The mark is dropped, CR LF and CR become
        LF, and bytes that are not UTF-8 become U+FFFD. Raises TextError if the file cannot be read or
        is not a text.
        """
        mark = next(read(path, 3), b"")
        utf16 = mark.startswith(UTF16_MARKS)
        if utf16 or mark == UTF8_MARK:
            self.remark("byte order mark dropped", path)
        encoding, errors, undecoded = UTF16 if utf16 else UTF8
        bad = total = 0
        with open(path, encoding=encoding, errors=errors) as file:
            while piece := file.read(PIECE):
                if "\0" in piece:
                    raise TextError(f"{path} is not a text, it has zero bytes; {CURE}")
                if not piece.isascii():
                    piece, replaced = undecoded.subn(REPLACEMENT, piece)
                    bad += replaced
                total += len(piece)
                if bad > 8 + total // 10:
                    raise TextError(f"{path} is not UTF-8 text; {CURE}")
                yield piece
            self.lengths[path] = total
            if bad:
                self.remark(f"{bad} byte{'' if bad == 1 else 's'} that could not be decoded read as U+FFFD", path)
            if file.newlines not in (None, "\n"):
                self.remark("line ends folded to LF", path)

    def raw_pieces(self, path: Path) -> Iterator[bytes]:
        """Yields the unchanged bytes of one of the files, at most a million at a time."""
        total = 0
        for piece in read(path, PIECE):
            # In UTF-8, every character has one byte that is not a continuation byte (10xxxxxx).
            total += np.count_nonzero(np.frombuffer(piece, np.uint8) & 0xC0 != 0x80)
            yield piece
        self.lengths[path] = total

    def remark(self, what: str, path: Path) -> None:
        """Remembers something to tell the user once, however often and in however many files it is found."""
        self.remarks.setdefault(what, set()).add(path)

    def all_notes(self) -> list[str]:
        """What the user should know about the text, a line each; complete after a first pass."""
        lines = []
        for what, paths in self.remarks.items():
            more = f" (and {len(paths) - 1} more files)" if len(paths) > 1 else ""
            lines.append(f"{min(paths)}: {what}{more}")
        return self.notes + lines


def read(path: Path, size: int) -> Iterator[bytes]:
    """Yields the bytes of a file, `size` at a time; TextError if the system refuses."""
    try:
        if not path.is_file():
            raise TextError(f"{path} is not a regular file; save its contents to a file and name that")
        with open(path, "rb") as file:
            while piece := file.read(size):
                yield piece
    except OSError as error:
        raise TextError(f"{path} cannot be read: {error.strerror}; check its permissions") from error
