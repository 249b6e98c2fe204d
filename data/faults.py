"""Why a file is not a text in some encoding, and where it stops to be one."""

import codecs
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
