"""The bytes of a text, wherever they come from: a file, a gzip file (its name ends in .gz), or standard input."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

from .errors import TextError, UnreadableFile

# How standard input is written on the command line, and what stands for it among the files of a text.
DASH, STDIN = "-", Path("standard input")
GZIP = b"\x1f\x8b\x08"


@cache
def standard_input() -> bytes:
    """All of standard input. It can be read only once, and a text is read several times: it stays in memory."""
    if sys.stdin is None or sys.stdin.isatty():
        raise TextError("- is standard input, but no text comes from there; pipe one in, as in: cat FILE | ...")
    return sys.stdin.buffer.read()


def opened(path: Path) -> BinaryIO:
    """The file, for reading bytes; it can seek. A gzip file is unpacked."""
    if path is STDIN:
        memory = io.BytesIO(standard_input())
        return gzip.open(memory) if memory.getbuffer()[:3] == GZIP else memory
    path.stat()  # Raises an OSError that says why, where is_file would say no.
    if not path.is_file():
        raise TextError(f"{path} is not a regular file; save its contents to a file, or pipe them in and name -")
    return gzip.open(path) if path.suffix.lower() == ".gz" else open(path, "rb")


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """The opened file. Raises UnreadableFile where it cannot be opened or read to its end, TextError for a pipe."""
    try:
        with opened(path) as file:
            yield file
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        whole = "it ends too early" if isinstance(error, EOFError) else "it is damaged, or no gzip file"
        raise UnreadableFile(path, whole, "get it again, or unpack what is left of it by gzip -dc") from None
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error), "check its name and permissions") from error
