"""The file of a study outlives what happens to the processes that write it."""

import sys
from pathlib import Path

import pytest

optuna = pytest.importorskip("optuna")
from minrnn.tune.journal import JOURNAL, cut_to_lines, ends_a_line, journal  # noqa: E402


def new_study(path):
    return optuna.create_study(storage=journal(path), study_name="s", load_if_exists=True)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_the_lock_of_a_journal_in_a_relative_folder_leads_to_the_file(tmp_path, monkeypatch):
    """Optuna gives up a lock whose owner was killed by the age of that file; without one, it would wait for ever."""
    monkeypatch.chdir(tmp_path)
    Path("s").mkdir()
    new_study(Path("s") / JOURNAL)
    lock = journal(Path("s") / JOURNAL)._backend._lock
    lock.acquire()
    link = tmp_path / "s" / f"{JOURNAL}.lock"
    assert link.is_symlink() and link.samefile(tmp_path / "s" / JOURNAL)
    lock.release()


def test_a_line_that_was_cut_short_is_removed_before_the_next_one(tmp_path):
    path = tmp_path / JOURNAL
    new_study(path).ask()
    whole = path.read_bytes()
    with open(path, "ab") as file:
        file.write(b'{"op_code": 4, "work')
    assert not ends_a_line(path)
    new_study(path).ask()
    assert path.read_bytes().startswith(whole) and ends_a_line(path)
    assert len(new_study(path).trials) == 2


def test_a_file_without_a_whole_line_becomes_empty(tmp_path):
    path = tmp_path / JOURNAL
    path.write_bytes(b"half")
    cut_to_lines(path)
    assert path.read_bytes() == b"" and ends_a_line(path)
