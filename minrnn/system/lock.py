"""One run at a time in a folder: a lock that the system lets go of when its process ends, however that ends."""

import errno
import os

from .errors import OptionError

try:
    import fcntl
except ImportError:  # Windows: nothing keeps two runs apart there.
    fcntl = None

NAME = ".lock"
NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)


class Lock:
    """While entered, no other process can enter the Lock of this folder. Raises OptionError if another one has."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / NAME

    def __enter__(self):
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

    def open_own(self, path, flags):
        """Opens the file itself and nothing that it leads to: whoever made the folder may have put a link there."""
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_file()):
            raise OptionError(f"{self.path} is no file that a run left; remove it, or name another --out")
        return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)

    def take(self):
        """Locks the open file."""
        try:
            if fcntl:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.file.seek(0)
            owner = self.file.read()
            self.file.close()
            raise OptionError(
                f"{self.folder} is in use by another run, process {owner}; wait for its end, or name another --out"
            ) from None
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise

    def is_there(self):
        """Whether the path still leads to the open file: whoever held it before has removed it, maybe just now."""
        try:
            return os.path.samestat(os.fstat(self.file.fileno()), os.stat(self.path))
        except FileNotFoundError:
            return False

    def __exit__(self, *error):
        self.path.unlink(missing_ok=True)
        self.file.close()
