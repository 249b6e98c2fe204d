"""log.csv is read as it was written, whatever happened to it meanwhile, and nothing is lost silently."""

import os

import pytest

from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.rundir.log import HEADER, Log
from minrnn.training.run import Run
from minrnn.training.trainer import Trainer

ROWS = [dict(step=k, epoch=k / 7, symbols=42 * k, seconds=k / 3, train_loss=3.0 - 1 / k, lr=1e-3) for k in range(1, 9)]


@pytest.fixture
def written(tmp_path):
    log = Log(tmp_path / "log.csv")
    log.start()
    for row in ROWS:
        log.add(row)
    return log


def steps_of(log):
    return [row["step"] for row in log.rows]


def test_rows_come_back_up_to_a_step(written):
    again = Log(written.path)
    assert again.resume(5) == 0
    assert steps_of(again) == [1, 2, 3, 4, 5]
    for row, before in zip(again.rows, ROWS):
        assert row == pytest.approx(before, rel=1e-9)
    again.start()
    assert written.path.read_text().splitlines() == [HEADER, *lines_of(written)[:5]]
    assert not written.old.exists()


def test_the_file_that_is_forced_to_disk_is_open_for_writing(written, monkeypatch):
    """Windows refuses to sync any other."""
    synced = []
    # Writing nothing is an error for a file that was opened for reading.
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.write(file, b"")))
    written.sync()
    assert synced == [0]
    assert len(written.path.read_text().splitlines()) == 1 + len(ROWS)


def lines_of(log):
    return [",".join(f"{row[n]:.10g}" if n in row else "" for n in HEADER.split(",")) for row in log.rows]


def test_whole_numbers_are_written_in_full(tmp_path):
    log = Log(tmp_path / "log.csv")
    log.start()
    log.add(dict(step=10**9 - 1, epoch=1.0, symbols=12_345_678_912, seconds=1.0))
    again = Log(log.path)
    again.resume(10**9)
    again.start()
    assert "999999999,1,12345678912,1," in log.path.read_text()


DAMAGE = {
    "a line cut short": (lambda data: data[:-9], 7, 0),
    "zeros at the end": (lambda data: data + bytes(200_000), 8, 0),
    "a quote before a row": (lambda data: data.replace(b"\n3,", b'\n"3,'), 7, 1),
    "other separators": (lambda data: data.replace(b",", b";"), 0, 9),
    "bytes that are no text": (lambda data: data.replace(b"\n2,", b"\n\xff\xfe,"), 7, 1),
    "a line of somebody's": (lambda data: data.replace(b"\n5,", b"\nremember: lower the rate\n5,"), 8, 1),
    "no end of the last line": (lambda data: data.rstrip(), 8, 0),
    "empty lines": (lambda data: data.replace(b"\n", b"\n\r\n"), 8, 0),
    "nothing": (lambda data: b"", 0, 0),
}


@pytest.mark.parametrize("damage, rows, lost", DAMAGE.values(), ids=DAMAGE)
def test_lines_that_are_no_rows_are_counted_and_kept_in_another_file(damage, rows, lost, written):
    damaged = damage(written.path.read_bytes())
    written.path.write_bytes(damaged)
    again = Log(written.path)
    assert again.resume(100) == lost
    assert len(steps_of(again)) == rows
    assert written.old.exists() == bool(lost)
    assert not lost or written.old.read_bytes() == damaged


def test_a_resumed_run_says_what_it_could_not_read(text_file, tmp_path, capsys):
    sizes = dict(hidden=8, batch_size=6, seq_len=7, steps=8, log_every=2, threads=1)
    Trainer(Run(resolve({"text": [str(text_file)], "quiet": True, **sizes})), tmp_path).train()
    path = tmp_path / "log.csv"
    path.write_bytes(path.read_bytes().replace(b"\n4,", b'\n"4,'))
    saved = checkpoint.load(tmp_path / "last.pkl")
    Trainer(Run(resolve({"steps": 10, "quiet": True}, saved["config"]["options"]), saved), tmp_path).train()
    assert f"{path}: 1 line could not be read; the file is kept as {path}.old" in capsys.readouterr().err
    assert [row.split(",")[0] for row in path.read_text().splitlines()[1:]] == ["2", "6", "8", "10"]
    assert b'\n"4,' in (tmp_path / "log.csv.old").read_bytes()
