"""A text on disk, read piece by piece, so that 100 MB are never in memory as one string."""

import codecs
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from .errors import TextError
from .faults import PIECE, begins_as_utf8, cure, find_fault, mark_of
from .files import reading
from .sources import find_files


class Text:
    """The files behind a list of sources (see `find_files`), read one after the other as one text."""

    def __init__(self, sources: Iterable[str], encoding: str = "utf-8", raw: bool = False) -> None:
        """`encoding` is that of all files without a byte order mark. `raw`: only the bytes will be read."""
        self.encoding = encoding
        self.files, self.notes, self.warnings = find_files(
            sources, lambda path: find_fault(path, None if raw else encoding)
        )
        self.remarks = {}
        self.lengths = dict.fromkeys(self.files, 0)
        # With --letters: for each file, how many visible characters there are after folding and before.
        self.kept = {}

    @property
    def characters(self) -> int:
        """How many characters all files had when each was last read."""
        return sum(self.lengths.values())

    def pieces(self, path: Path) -> Iterator[str]:
        """Yields one of the files as strings of at most a million characters.

        A byte order mark tells the encoding, and is dropped; CR LF and CR become LF. Raises TextError if the file
        cannot be read, if a byte of it cannot be decoded, or if it has a NUL.
        """
        with reading(path) as file:
            mark = mark_of(file)
            if not mark and codecs.lookup(self.encoding).name != "utf-8" and begins_as_utf8(file):
                self.warn(
                    f"{path} looks like UTF-8, but is read as {self.encoding}; leave out --encoding if it is UTF-8"
                )
            text, total = io.TextIOWrapper(file, mark or self.encoding), 0
            try:
                while piece := text.read(PIECE):
                    if "\0" in piece:
                        raise UnicodeError
                    total += len(piece)
                    yield piece
            except UnicodeError:
                raise self.refusal(path) from None
            self.lengths[path] = total
            if mark:
                self.remark("byte order mark dropped", path)
            if text.newlines not in (None, "\n"):
                self.remark("line ends folded to LF", path)

    def refusal(self, path: Path) -> TextError:
        """What to say of a file that is no text in our encoding."""
        fault = find_fault(path, self.encoding)
        if not fault:
            return TextError(f"{path} changed while it was read; copy it, and give the copy")
        what = fault.kind.replace("non-", "not ")
        return TextError(f"{path} is {what}: {fault.where}; {cure(path, fault)}")

    def raw_pieces(self, path: Path) -> Iterator[bytes]:
        """Yields the unchanged bytes of one of the files, at most a million at a time."""
        total = 0
        with reading(path) as file:
            while piece := file.read(PIECE):
                # In UTF-8, every character has one byte that is not a continuation byte (10xxxxxx).
                total += np.count_nonzero(np.frombuffer(piece, np.uint8) & 0xC0 != 0x80)
                yield piece
        self.lengths[path] = total

    def remark(self, what: str, path: Path) -> None:
        """Remembers something to tell the user once, however often and in however many files it is found."""
        self.remarks.setdefault(what, set()).add(path)

    def warn(self, line: str) -> None:
        """Remembers a warning, once."""
        if line not in self.warnings:
            self.warnings.append(line)

    def all_notes(self) -> list[str]:
        """What the user should know about the text, a line each; complete after a first pass."""
        lines = []
        for what, paths in self.remarks.items():
            more = f" (and {len(paths) - 1} more files)" if len(paths) > 1 else ""
            lines.append(f"{min(paths)}: {what}{more}")
        return self.notes + lines
