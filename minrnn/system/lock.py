"""One run at a time in a folder: a lock that the system releases when its process ends, however it ends."""

import errno
import os
from contextlib import suppress
from pathlib import Path

from .errors import OptionError

try:
    import fcntl
except ImportError:
    import msvcrt

    fcntl = None

NAME = ".lock"
# What a file system answers that has no locks: then nothing keeps two runs apart.
NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
# Windows lets nobody read what is locked: so we lock one byte far behind the process number.
FAR = 1 << 20


def is_locked(folder: Path) -> bool:
    """Whether a process is inside the Lock of this folder. Changes nothing."""
    path = folder / NAME
    try:
        if path.is_symlink() or not path.is_file():
            return False
        file = open(path, "rb")
    except OSError:
        return False
    with file:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            else:
                os.lseek(file.fileno(), FAR, os.SEEK_SET)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except (BlockingIOError, PermissionError):
            return True
        except OSError:
            pass  # A file system without locks.
    return False


class Lock:
    """While entered, no other process can enter the Lock of this folder. Raises OptionError if another one has."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / NAME

    def __enter__(self) -> "Lock":
        while True:
            self.file = open(self.path, "a+", opener=self.open_own)
            self.take()
            if self.is_there():
                break
            self.file.close()
        self.file.truncate(0)
        self.file.write(str(os.getpid()))
        self.file.flush()
        return self

    def open_own(self, path: str, flags: int) -> int:
        """Opens the file, but never through a link: whoever made the folder may have put one there."""
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_file()):
            raise OptionError(f"{self.path} is not a file of a run; remove it, or name another --out")
        return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)

    def take(self) -> None:
        """Locks the open file."""
        try:
            if fcntl:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                os.lseek(self.file.fileno(), FAR, os.SEEK_SET)
                msvcrt.locking(self.file.fileno(), msvcrt.LK_NBLCK, 1)
        except (BlockingIOError, PermissionError):
            self.file.seek(0)
            owner = self.file.read()
            self.file.close()
            raise OptionError(
                f"{self.folder} is in use by another run, process {owner}; wait for its end, or name another --out"
            ) from None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise

    def is_there(self) -> bool:
        """Whether the path still leads to the open file: its last owner may have removed it just now."""
        try:
            return os.path.samestat(os.fstat(self.file.fileno()), os.stat(self.path))
        except FileNotFoundError:
            return False

    def __exit__(self, *error) -> None:
        """Removes the file while it is locked. Windows removes no open file: there, afterwards, if no other has it."""
        if fcntl:
            self.path.unlink(missing_ok=True)
        self.file.close()
        if not fcntl:
            with suppress(OSError):
                self.path.unlink()
