"""The rules of Windows that differ, one by one, played here: nobody has run this project there yet."""

import errno
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from minrnn.rundir.folder import forget, kept, name_of
from minrnn.rundir.log import Log
from minrnn.system import cores, files
from minrnn.system.command import run_script
from minrnn.system.wording import quoted


@pytest.fixture
def windows(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")


@pytest.fixture
def linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")


def in_use(*arguments, **settings):
    raise PermissionError(errno.EACCES, "The process cannot access the file because it is being used", "a file")


class Stream(io.TextIOWrapper):
    """A standard stream of Windows: code page 1252, and a line end becomes two characters."""

    def __init__(self, is_terminal=False):
        super().__init__(io.BytesIO(), encoding="cp1252", newline="\r\n", write_through=True)
        self.isatty = lambda: is_terminal

    def bytes(self):
        self.flush()
        return self.buffer.getvalue()


@pytest.fixture
def streams(monkeypatch):
    """streams(is_terminal): stdout and stderr are now streams of Windows."""

    def make(is_terminal=False):
        out, err = Stream(is_terminal), Stream(is_terminal)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        monkeypatch.delenv("PYTHONIOENCODING", raising=False)
        return out, err

    return make


def run(main):
    with pytest.raises(SystemExit) as end:
        run_script(main)
    return end.value.code


def say(text):
    def main():
        print(text)
        print(text, file=sys.stderr)
        return 0

    return main


def test_text_goes_into_a_file_as_it_is(windows, streams):
    out, err = streams()
    assert run(say("Ж é\r\n")) == 0
    assert out.bytes() == err.bytes() == "Ж é\r\n\n".encode()


def test_a_chosen_encoding_is_kept(windows, streams, monkeypatch):
    out, _ = streams()
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    assert run(say("Ж é")) == 0
    assert out.bytes() == b"\\u0416 \xe9\n"


def test_a_console_gets_what_it_can_show(windows, streams):
    out, err = streams(is_terminal=True)
    assert run(say("Ж é")) == 0
    assert out.bytes() == err.bytes() == b"\\u0416 \xe9\r\n"


def test_elsewhere_the_streams_keep_their_encoding(linux, streams):
    out, _ = streams()
    assert run(say("Ж é")) == 0
    assert out.bytes() == b"\\u0416 \xe9\r\n"


def test_a_stream_of_a_notebook_will_do(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    out = sys.stdout
    assert run(say("Ж")) == 0 and out.getvalue() == "Ж\n"


def broken_pipe():
    raise OSError(errno.EINVAL, "Invalid argument")


def test_nobody_reads_the_output(windows, streams, monkeypatch):
    streams()[0].fileno = lambda: 1
    monkeypatch.setattr(os, "dup2", lambda *files: None)
    assert run(broken_pipe) == 0


def test_elsewhere_an_invalid_argument_is_an_error(linux, streams):
    assert streams() and run(broken_pipe) == 2


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_file_that_is_being_read_is_replaced_a_little_later(attempts, windows, tmp_path, monkeypatch):
    replace, pauses = os.replace, []
    monkeypatch.setattr(files.time, "sleep", pauses.append)
    monkeypatch.setattr(os, "replace", lambda *paths: replace(*paths) if len(pauses) == attempts else in_use())
    files.write_atomic(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new" and pauses == [*files.PAUSES[:attempts]]


def test_a_file_that_stays_open_is_named_and_the_old_one_stays(windows, tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(files.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(os, "replace", in_use)
    with pytest.raises(PermissionError) as refused:
        files.write_atomic(tmp_path / "a", b"new")
    assert refused.value.filename == str(tmp_path / "a")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


def test_elsewhere_nobody_waits(linux, tmp_path, monkeypatch):
    monkeypatch.setattr(files.time, "sleep", None)
    monkeypatch.setattr(os, "replace", in_use)
    with pytest.raises(PermissionError):
        files.write_atomic(tmp_path / "a", b"new")


def test_folders_are_not_forced_to_disk_where_that_is_unknown(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_DIRECTORY", raising=False)
    files.write_atomic(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "O_DIRECTORY"), reason="folders cannot be opened here")
@pytest.mark.parametrize("number, passes", [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False)])
def test_a_network_drive_may_not_force_folders_to_disk(number, passes, tmp_path, monkeypatch):
    def fsync(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    if passes:
        files.sync_folder(tmp_path)
    else:
        with pytest.raises(OSError):
            files.sync_folder(tmp_path)


def test_a_kept_checkpoint_that_is_being_read_goes_later(windows, tmp_path, monkeypatch):
    for step in (1, 2, 3):
        (tmp_path / name_of(step)).write_bytes(b"")
    with monkeypatch.context() as open_elsewhere:
        open_elsewhere.setattr(Path, "unlink", in_use)
        forget(tmp_path, 3, 1)
    assert [*kept(tmp_path)] == [1, 2, 3]
    forget(tmp_path, 3, 1)
    assert [*kept(tmp_path)] == [3]


def test_the_temporary_file_of_a_killed_run_may_stay(windows, tmp_path, monkeypatch):
    (tmp_path / ".last.pkl.7.tmp").write_bytes(b"")
    monkeypatch.setattr(Path, "unlink", in_use)
    files.sweep(tmp_path, lambda name: True)


def row(step):
    return {"step": step, "symbols": step, "seconds": 1.0, "epoch": 0.5}


def test_rows_wait_while_a_spreadsheet_has_the_log_open(windows, tmp_path, monkeypatch, capsys):
    log = Log(tmp_path / "log.csv")
    log.start()
    with monkeypatch.context() as open_elsewhere:
        open_elsewhere.setattr("builtins.open", in_use)
        log.add(row(1))
        log.sync()
        log.add(row(2))
        log.end(None)
    assert "log.csv is open in another program: it lacks 2 rows" in capsys.readouterr().err
    log.add(row(3))
    log.end(None)
    again = Log(log.path)
    again.resume(9)
    assert [found["step"] for found in again.rows] == [1, 2, 3] and not capsys.readouterr().err


def test_elsewhere_a_log_that_cannot_be_written_ends_the_run(linux, tmp_path, monkeypatch):
    log = Log(tmp_path / "log.csv")
    monkeypatch.setattr("builtins.open", in_use)
    with pytest.raises(PermissionError, match=r"log\.csv"):
        log.add(row(1))


def test_commands_are_quoted_as_the_shell_wants_it(windows):
    assert [quoted(path) for path in ("runs\\cats", "my runs\\cats")] == ["runs\\cats", '"my runs\\cats"']


def test_elsewhere_commands_are_quoted_as_a_posix_shell_wants_it(linux):
    assert [quoted(Path(path)) for path in ("runs/cats", "my runs/$x")] == ["runs/cats", "'my runs/$x'"]


def test_cores_are_counted_without_an_affinity(windows, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores.physical_cores() == os.cpu_count()


def test_ctrl_break_asks_to_stop_as_ctrl_c_does():
    """In a process of its own, in which SIGUSR1 plays the signal that only Windows has."""
    if not hasattr(signal, "SIGUSR1"):
        pytest.skip("has no SIGUSR1 to play SIGBREAK")
    code = """
import os, signal
signal.SIGBREAK = signal.SIGUSR1
del signal.SIGHUP
from minrnn.system.signals import Interrupt
with Interrupt() as interrupt:
    os.kill(os.getpid(), signal.SIGUSR1)
    assert interrupt.signal == signal.SIGBREAK
"""
    subprocess.run([sys.executable, "-c", code], check=True)
