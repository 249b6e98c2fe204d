"""Whatever write fails, and whoever else uses the folder: the files of a run are whole, and it can be resumed."""

import builtins
import errno
import hashlib
import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT, assert_refused
from runs import TINY, start_training

from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.rundir import folder, log
from minrnn.system import files
from minrnn.system.errors import OptionError
from minrnn.system.lock import Lock
from minrnn.training.run import Run
from minrnn.training.start import claim, open_folder
from minrnn.training.trainer import Trainer


class Failing:
    """Makes the n-th write, fsync or rename fail; the write is half done then. With n = 0, none fails."""

    def __init__(self, n, monkeypatch):
        self.left, self.fired = n, ""
        for name in ("fsync", "replace"):
            monkeypatch.setattr(os, name, self.counted(name, getattr(os, name)))
        for module in (files, log):
            monkeypatch.setattr(module, "open", self.open, raising=False)

    def due(self, what):
        self.left -= 1
        if self.left == 0:
            self.fired = what
        return self.left == 0

    def counted(self, name, call):
        def counting(*arguments):
            if self.due(name):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return call(*arguments)

        return counting

    def open(self, path, mode="r", **settings):
        file = builtins.open(path, mode, **settings)
        if "r" not in mode:
            write = file.write

            def writing(data):
                if self.due("write"):
                    write(data[: len(data) // 2])
                    file.flush()
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return write(data)

            file = Writer(file, writing)
        return file


class Writer:
    """A file with another `write`."""

    def __init__(self, file, write):
        self.file, self.write = file, write
        self.flush, self.fileno = file.flush, file.fileno

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def writelines(self, lines):
        for line in lines:
            self.write(line)


def digests(path):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in path.iterdir()}


@pytest.mark.slow
def test_a_run_is_resumed_to_the_same_end_whichever_write_fails(text_file, tmp_path, monkeypatch):
    given = dict(
        text=[str(text_file)], hidden=8, batch_size=6, seq_len=7, steps=9, log_every=2, eval_every=3, sample_every=0,
        keep=1, threads=1, shards=2, quiet=True,
    )  # fmt: skip
    monkeypatch.setattr("minrnn.training.standing.time", SimpleNamespace(perf_counter=lambda: 0.0))
    # The picture costs more time than all the rest; its writing is the same.
    monkeypatch.setattr(
        "minrnn.training.picture.draw_loss",
        lambda rows, path, title, headline: files.write_atomic(path, "".join(map(log.line, rows)).encode()),
    )

    def train(place, options, saved=None):
        Trainer(Run(options, saved), place).train()

    (tmp_path / "whole").mkdir()
    train(tmp_path / "whole", resolve(given))
    whole = digests(tmp_path / "whole")
    assert whole.keys() == {*folder.FILES, "step-00000009.pkl"}

    what_failed = []
    for n in count(1):
        place = tmp_path / str(n)
        place.mkdir()
        with monkeypatch.context() as patch:
            failing = Failing(n, patch)
            try:
                train(place, resolve(given))
            except OSError as error:
                assert failing.fired
                assert Path(error.filename).name in {*whole, "step-00000003.pkl", "step-00000006.pkl"}
        what_failed.append(failing.fired)
        assert not list(place.glob(".*"))
        for path in place.glob("*.pkl"):
            checkpoint.load(path)
        if (place / "last.pkl").exists():
            saved = checkpoint.load(place / "last.pkl")
            train(place, resolve({"quiet": True, "threads": 1}, saved["config"]["options"]), saved)
            assert digests(place) == whole
        else:
            assert not list(place.iterdir())
        if not failing.fired:
            break
    kinds = {kind: what_failed.count(kind) for kind in ("write", "fsync", "replace")}
    print(f"failures injected: {kinds}")
    assert min(kinds.values()) > 8


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 512 kB, where the system lets us make one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", place]
    if not sys.platform.startswith("linux") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system; a limit on file sizes is tested elsewhere")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("left", [8192, 65536])
def test_on_a_full_disk_the_last_checkpoint_stays(left, small_disk, script, text_file):
    """With no room for a checkpoint, and with room for one but not for all rows of the log."""
    run = small_disk / "r"
    size = ("--layers", 1, "--hidden", 16, "--steps", 4, "--quiet", "--out", run)
    arguments = (*size, "--log-every", 1, "--eval-every", 0, "--val", 0)
    assert script("train.py", text_file, *arguments).returncode == 0
    assert 8192 < (run / "last.pkl").stat().st_size < 65536
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    (small_disk / "filler").write_bytes(bytes(free - left))
    result = script("train.py", "--resume", "--steps", 3000, "--quiet", "--out", run)
    assert_refused(result, "No space left on device", "space and permissions")
    assert checkpoint.load(run / "last.pkl")["progress"]["step"] >= 4
    assert {p.name for p in run.iterdir()} == {"last.pkl", "log.csv", "loss.png", "result.json"}
    (small_disk / "filler").unlink()
    assert script("train.py", "--resume", "--steps", 3010, "--log-every", 500, "--quiet", "--out", run).returncode == 0


def test_without_room_for_a_file_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=99))
    files.write_atomic(tmp_path / "a", b"x" * 99)
    with pytest.raises(OSError, match=r"No space left on device \(100 bytes needed, 99 free\)"):
        files.write_atomic(tmp_path / "a", b"y" * 100)
    assert (tmp_path / "a").read_bytes() == b"x" * 99 and len(list(tmp_path.iterdir())) == 1


def test_temporary_files_of_a_killed_run_are_removed_and_other_files_stay(tmp_path):
    for name in (
        ".last.pkl.123.tmp",
        ".step-00000009.pkl.7.tmp",
        ".loss.png.1.tmp",
        ".result.json.8.tmp",
        ".log.csv.old.5.tmp",
    ):
        (tmp_path / name).write_text("half")
    mine = {".mine.123.tmp", ".last.pkl.tmp", "last.pkl.1.tmp", ".step-9.pkl.7.tmp"}
    for name in mine:
        (tmp_path / name).write_text("mine")
    with ExitStack() as held:
        claim(tmp_path, {}, held)
        assert {p.name for p in tmp_path.iterdir()} == mine | {".lock"}
    assert {p.name for p in tmp_path.iterdir()} == mine


@pytest.mark.slow
def test_a_folder_is_locked_for_one_run_and_a_killed_run_leaves_no_lock(script, text_file, tmp_path):
    process = start_training(text_file, tmp_path / "r")
    before = (tmp_path / "r" / "last.pkl").read_bytes()
    assert_refused(script("train.py", "--resume", "--out", "r"), "r is in use", f"process {process.pid}", "--out")
    assert_refused(script("train.py", text_file, "--out", "r"), "r holds a run already")
    assert script("sample.py", "r", "--length", 5).returncode == 0
    process.kill()
    process.communicate()
    assert (tmp_path / "r" / ".lock").exists()
    assert before == (tmp_path / "r" / "last.pkl").read_bytes() or checkpoint.load(tmp_path / "r" / "last.pkl")
    result = script("train.py", "--resume", "--steps", 9, "--quiet", "--out", "r")
    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "r" / ".lock").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_run_writes_through_no_link_and_into_no_pipe(script, text_file, tmp_path):
    """Links and pipes in a folder that came from elsewhere."""
    assert script("train.py", text_file, *TINY, "--steps", 3, "--quiet", "--out", "r").returncode == 0
    (tmp_path / "mine.txt").write_text("precious")
    lock_file, log_file = tmp_path / "r" / ".lock", tmp_path / "r" / "log.csv"
    log_text = log_file.read_text()
    go_on = ("train.py", "--resume", "--out", "r", "--quiet", "--steps")
    lock_file.symlink_to("../mine.txt")
    assert_refused(script(*go_on, 5), "r/.lock", "not a file", "remove it")
    lock_file.unlink()
    os.mkfifo(lock_file)
    assert_refused(script(*go_on, 5), "r/.lock", "not a file", "remove it")
    lock_file.unlink()
    log_file.unlink()
    os.mkfifo(log_file)
    assert_refused(script(*go_on, 5), "r/log.csv", "not a file", "remove it")
    log_file.unlink()
    (tmp_path / "copy.csv").write_text(log_text)
    log_file.symlink_to("../copy.csv")
    assert script(*go_on, 5).returncode == 0
    assert not log_file.is_symlink() and (tmp_path / "copy.csv").read_text() == log_text
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_two_new_runs_into_one_folder_the_second_is_refused(tmp_path):
    with ExitStack() as first, ExitStack() as second:
        claim(tmp_path / "r", {}, first)
        with pytest.raises(OptionError, match="in use by another run, process"):
            claim(tmp_path / "r", {}, second)
    with ExitStack() as third:
        claim(tmp_path / "r", {}, third)


def test_a_run_that_ended_while_another_began_is_not_overwritten(tmp_path):
    given = {"out": str(tmp_path / "r"), "text": ["python"]}
    with ExitStack() as held:
        place, options, _ = open_folder(given, held)
        place.mkdir()
        (place / "last.pkl").write_text("of the other run")
        with pytest.raises(OptionError, match="holds a run already"):
            claim(place, options, held)


def test_runs_that_begin_at_once_get_folders_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = resolve({"text": ["cats.txt"]})
    with ExitStack() as held:
        assert [claim(None, options, held).name for _ in range(3)] == ["cats-lstm", "cats-lstm-2", "cats-lstm-3"]


def test_a_lock_that_is_removed_before_we_have_it_is_taken_anew(tmp_path, monkeypatch):
    """Its owner may remove the file after we open it and before we lock it: such a lock would keep nobody out."""
    take, files_seen = Lock.take, []

    def slow_take(lock):
        files_seen.append(lock.file)
        if len(files_seen) == 1:
            lock.path.unlink()
        take(lock)

    monkeypatch.setattr(Lock, "take", slow_take)
    with Lock(tmp_path):
        assert len(files_seen) == 2
        with pytest.raises(OptionError, match="in use"), Lock(tmp_path):
            pass


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_stops_at_once_and_does_no_harm(number, script, text_file, tmp_path):
    process = start_training(text_file, tmp_path / "r")
    for _ in range(2):
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    # The first may have had its whole effect before the second came.
    assert process.returncode in (128 + number, -number)
    assert "Traceback" not in err
    for path in (tmp_path / "r").glob("*.pkl"):
        checkpoint.load(path)
    step = checkpoint.load(tmp_path / "r" / "last.pkl")["progress"]["step"]
    result = script("train.py", "--resume", "--steps", step + 3, "--quiet", "--out", "r")
    assert result.returncode == 0, result.stderr
    assert not list((tmp_path / "r").glob(".*"))


@pytest.mark.slow
def test_a_second_ctrl_c_is_heard_in_the_middle_of_a_step(text_file, tmp_path):
    """While a validation takes for ever: the first signal asks to stop, the second does not wait."""
    stuck = "import sys, time; sys.path.insert(0, sys.argv.pop(1)); import minrnn.training.run, train\n"
    stuck += "from minrnn.system.command import run_script\n"
    stuck += "validate = minrnn.training.run.Run.validate\n"
    stuck += "minrnn.training.run.Run.validate = lambda run: (print('stuck', flush=True), time.sleep(60))\n"
    stuck += "run_script(train.main)"
    command = [sys.executable, "-c", stuck, ROOT, text_file, "--out", tmp_path / "r", *map(str, TINY)]
    options = ["--steps", "100", "--eval-every", "5", "--sample-every", "0"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "stuck\n"
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130 and err.splitlines()[-1].endswith("interrupted")
    assert checkpoint.load(tmp_path / "r" / "last.pkl")["progress"]["step"] == 0


@pytest.mark.slow
def test_a_closed_terminal_saves_too(text_file, tmp_path):
    process = start_training(text_file, tmp_path / "r")
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGHUP
    assert re.search(r"stopped after step \d+; to go on", err)
