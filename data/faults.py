"""Why a file is not a text in some encoding, and where that shows."""

import codecs
import re
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .files import reading

PIECE = 1 << 20
# The byte order marks, and what they say. The mark of UTF-32 begins with one of UTF-16, so it comes first.
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

# What to do about a file that is not UTF-8, and about other kinds.
OTHER = (
    "if it is Latin-1, give --encoding latin-1, or convert it by: iconv -f latin1 -t utf-8; otherwise give its own "
    "encoding, or train with --level byte"
)
DAMAGED = (
    "most of it is UTF-8: iconv -c -f utf-8 -t utf-8 drops what is not, and --level byte keeps it; if it is not UTF-8, "
    "give its --encoding"
)
CURES = {
    "binary": "if it is UTF-16 without a mark, give --encoding utf-16-le; otherwise train with --level byte",
    "non-UTF-16": "without a mark, it is --encoding utf-16-le or utf-16-be; if it is damaged, train with --level byte",
}
NOT_UTF8 = re.compile("[\udc80-\udcff]")


class Fault(NamedTuple):
    """What kind of file it is in place of a text, "binary" or as "non-UTF-8", and where that shows."""

    kind: str
    where: str


def mark_of(file: BinaryIO) -> str | None:
    """The encoding that the byte order mark of an opened file tells; None without a mark."""
    head = file.read(4)
    file.seek(0)
    return next((encoding for mark, encoding in MARKS.items() if head.startswith(mark)), None)


def find_fault(path: Path, encoding: str | None) -> Fault | None:
    """Why the file is not a text in this encoding, or in that of its byte order mark; None if it is one.

    A text has no NUL. With encoding None, every other byte is right. Raises UnreadableFile.
    """
    with reading(path) as file:
        mark = mark_of(file)
        if mark and encoding is None:
            return None
        encoding = mark or encoding or "latin-1"
        wide = "\0".encode(encoding) != b"\0"
        decoder = codecs.getincrementaldecoder(encoding)()
        fault, at = None, 0
        for piece in chain(iter(lambda: file.read(PIECE), b""), [b""]):
            if not wide and b"\0" in piece:
                return Fault("binary", f"a NUL byte at offset {at + piece.index(0):,}")
            at += len(piece)
            try:
                if not fault and "\0" in decoder.decode(piece, final=not piece):
                    fault = Fault("binary", "a NUL character")
            except UnicodeError as error:
                fault = Fault(f"non-{encoding.removesuffix('-sig').upper()}", place(error, at))
    return fault


def place(error: UnicodeError, end: int) -> str:
    """The byte that cannot be decoded, and its offset. The bytes that the decoder looked at stop at offset `end`."""
    if not isinstance(error, UnicodeDecodeError):
        return str(error)
    return f"byte 0x{error.object[error.start]:02X} at offset {end - len(error.object) + error.start:,}"


def cure(path: Path, fault: Fault) -> str:
    """What to do about a file that is no text."""
    if fault.kind == "non-UTF-8":
        with reading(path) as file:
            return DAMAGED if begins_as_utf8(file) else OTHER
    return CURES.get(fault.kind, "give another --encoding, or train with --level byte")


def begins_as_utf8(file: BinaryIO) -> bool:
    """Whether most characters beyond ASCII at the beginning of an opened file are written in UTF-8."""
    head = file.read(PIECE).decode("utf-8", "surrogateescape")
    file.seek(0)
    others = len(head) - len(head.encode("ascii", "ignore"))
    return others > 2 * len(NOT_UTF8.findall(head))
