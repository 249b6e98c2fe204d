"""The file in which a study is kept by default."""

import sys
from pathlib import Path

JOURNAL = "study.journal"


def journal(path: Path):
    """Optuna's journal in a file, which several processes can write."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalFileSymlinkLock

    # Links need a right on Windows. A relative one leads nowhere; then a lock whose owner was killed stays for ever.
    kind = JournalFileOpenLock if sys.platform == "win32" else JournalFileSymlinkLock
    lock = kind(str(path.resolve()))
    if path.is_file() and not ends_a_line(path):
        lock.acquire()
        try:
            cut_to_lines(path)
        finally:
            lock.release()
    return JournalStorage(JournalFileBackend(str(path), lock_obj=lock))


def ends_a_line(path: Path) -> bool:
    """Whether the file is empty, or its last line is whole."""
    with open(path, "rb") as file:
        return not file.seek(0, 2) or (file.seek(-1, 2), file.read())[1] == b"\n"


def cut_to_lines(path: Path) -> None:
    """Removes a last line that was cut short, as a full disk leaves one: what is appended to it would be lost."""
    with open(path, "r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
