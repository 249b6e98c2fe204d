"""Writing a file so that its path always holds the complete old or the complete new contents."""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = re.compile(r"\.(.+)\.\d+\.tmp")


def write_atomic(path: Path, data: bytes) -> None:
    """Writes to a temporary file beside `path`, forces it to disk, and renames it to `path`.

    If there is no room or a write fails, it leaves the old file alone and raises OSError with the path in it.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with naming(path):
        try:
            check_room(path.parent, len(data))
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Any OSError in here names this path: the user knows no other."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def check_room(folder: Path, size: int) -> None:
    """Raises OSError if a file of `size` bytes does not fit, before anything is written."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} ({size:,} bytes needed, {free:,} free)")


def sync_folder(folder: Path) -> None:
    """Forces a rename to disk, on systems where a folder can be opened for that."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep(folder: Path, ours: Callable[[str], bool]) -> None:
    """Removes the temporary files of killed processes, if `ours` accepts the name of the file they were to become."""
    for path in folder.glob(".*.tmp"):
        match = TEMPORARY.fullmatch(path.name)
        if match and ours(match[1]):
            path.unlink()


def newer(path: Path, other: Path) -> bool:
    """Whether a file exists and was written after the other one, if that exists."""
    return path.exists() and (not other.exists() or path.stat().st_mtime_ns >= other.stat().st_mtime_ns)
