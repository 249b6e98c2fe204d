"""`pytest -p no_posix` runs the tests without what Windows lacks, as far as that can be played on another system."""

import builtins
import errno
import fcntl
import io
import os
import signal
import sys
from types import SimpleNamespace

MODULES = ("fcntl", "grp", "posix_ipc", "pty", "pwd", "resource", "termios", "tty")
OS = (
    "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "fork", "forkpty", "killpg", "mkfifo",
    "sched_getaffinity", "sched_setaffinity", "setsid", "waitid",
)  # fmt: skip
SIGNALS = ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGSTOP", "SIGCONT", "SIGTSTP")


def locking(file, mode, count):
    """msvcrt.locking: the file is locked until it is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PermissionError(errno.EACCES, "Permission denied") from None


def windows_open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, *rest, **settings):
    """open: text is in code page 1252 unless told otherwise, and a line end becomes two characters."""
    if "b" not in mode:
        encoding = "cp1252" if encoding in (None, "locale") else encoding
        newline = "\r\n" if newline is None and mode in ("w", "a", "x", "wt", "at") else newline
    return plain_open(file, mode, buffering, encoding, errors, newline, *rest, **settings)


plain_open = open


def pytest_sessionstart():
    builtins.open = io.open = windows_open
    sys.modules["msvcrt"] = SimpleNamespace(locking=locking, LK_NBLCK=2)
    for name in MODULES:
        sys.modules[name] = None
    for module, names in ((os, OS), (signal, SIGNALS)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
