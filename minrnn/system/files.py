"""Writing a file so that its path always holds the complete old or the complete new contents."""

import errno
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY = re.compile(r"\.(.+)\.\d+\.tmp")
# Seconds to wait before each further attempt to replace a file that another program has open.
PAUSES = (0.01, 0.1, 0.5, 2)
# What a system answers that does not force folders to disk, as on some network drives.
NO_SYNC = (errno.EINVAL, errno.ENOTSUP)


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
            replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def replace(source: Path, target: Path) -> None:
    """os.replace, several times if need be: Windows refuses while another program, say a virus scanner, reads it."""
    for pause in PAUSES if sys.platform == "win32" else ():
        with suppress(PermissionError):
            return os.replace(source, target)
        time.sleep(pause)
    os.replace(source, target)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Any OSError in here names this path: the user knows no other."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def unless_open_elsewhere(path: Path) -> Iterator[None]:
    """Inside, nothing may happen to this file on Windows: it refuses while another program has the file open."""
    try:
        with naming(path):
            yield
    except PermissionError:
        if sys.platform != "win32":
            raise


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
        except OSError as error:
            if error.errno not in NO_SYNC:
                raise
        finally:
            os.close(handle)


def sweep(folder: Path, ours: Callable[[str], bool]) -> None:
    """Removes the temporary files of killed processes, if `ours` accepts the name of the file they were to become."""
    for path in folder.glob(".*.tmp"):
        match = TEMPORARY.fullmatch(path.name)
        if match and ours(match[1]):
            with unless_open_elsewhere(path):
                path.unlink()


def newer(path: Path, other: Path) -> bool:
    """Whether a file exists and was written after the other one, if that exists."""
    return path.exists() and (not other.exists() or path.stat().st_mtime_ns >= other.stat().st_mtime_ns)
