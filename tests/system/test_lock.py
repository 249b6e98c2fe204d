"""The lock of a folder on a system without fcntl, as far as that can be tried here: Windows, played on Linux."""

import errno
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from minrnn.system import lock
from minrnn.system.errors import OptionError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for open files in /proc")


@pytest.fixture
def windows(monkeypatch):
    """No fcntl; msvcrt locks one byte for one open file; an open file cannot be removed. Returns what is locked."""
    locked, removed = {}, []

    def locking(file, mode, count):
        assert mode == "LK_NBLCK" and count == 1 and os.lseek(file, 0, os.SEEK_CUR) > 1000
        owner = locked.setdefault(os.fstat(file).st_ino, file)
        if owner != file:
            raise PermissionError(errno.EACCES, "Permission denied")

    def unlink(path, **settings):
        if os.stat(path).st_ino in {os.fstat(int(f)).st_ino for f in os.listdir("/proc/self/fd") if is_open(int(f))}:
            raise PermissionError(errno.EACCES, "The file is used by another process", str(path))
        removed.append(path)
        os.remove(path)

    monkeypatch.setattr(lock, "fcntl", None)
    monkeypatch.setattr(lock, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK="LK_NBLCK"), raising=False)
    monkeypatch.setattr(Path, "unlink", unlink)
    return locked


def is_open(file):
    try:
        os.fstat(file)
        return True
    except OSError:
        return False


def test_windows_keeps_a_second_run_out_and_removes_the_file_after_closing_it(windows, tmp_path):
    with lock.Lock(tmp_path):
        with pytest.raises(OptionError, match=f"in use by another run, process {os.getpid()}"):
            lock.Lock(tmp_path).__enter__()
        assert (tmp_path / lock.NAME).exists() and len(windows) == 1
    assert not (tmp_path / lock.NAME).exists()


def test_a_file_that_another_run_has_open_stays(windows, tmp_path):
    with lock.Lock(tmp_path):
        other = open(tmp_path / lock.NAME)
    assert (tmp_path / lock.NAME).exists()
    other.close()
    windows.clear()
    with lock.Lock(tmp_path):
        pass
    assert not (tmp_path / lock.NAME).exists()
