"""Before the clock of a run starts, all its kernels are compiled. It changes no byte of the run, and can be stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from numba.core import event
from programs import command_line
from runs import TINY, steps_logged

import minrnn.training.trainer as trainer_module
from cells import CELLS
from data import LEVELS
from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.system.compiling import KEPT
from minrnn.training.rehearsal import rehearse
from minrnn.training.run import Run
from minrnn.training.trainer import Trainer
from optim import OPTIMIZERS, SCHEDULES

SMALL = dict(hidden=12, batch_size=6, seq_len=7, steps=20, quiet=True, sample_every=0, threads=1, shards=2)
STYLES = ["one", "several", "rows"]


def new_run(text_file, **given):
    return Run(resolve({**SMALL, "text": [str(text_file)], **given}))


@pytest.mark.parametrize(
    "given",
    [
        {"dropout": 0.3, "ema": 0.9, "carry": "endless"},
        {"cell": "bigru", "weight_drop": 0.2},
        {"optimizer": "muon", "schedule": "plateau", "tail_average": 0.5},
        {"embed": 5, "level": "word", "temporal_reg": 1.0, "val_lines": 0.2, "val": 0.0},
    ],
    ids=lambda given: " ".join(map(str, given.values())),
)
def test_a_rehearsal_changes_no_byte_of_the_run(given, text_file, tmp_path, monkeypatch):
    monkeypatch.setattr("minrnn.training.standing.time", SimpleNamespace(perf_counter=lambda: 0.0))
    files = []
    for rehearsed in (False, True):
        run = new_run(text_file, **given)
        for step in range(9):
            if rehearsed and step in (0, 5):
                rehearse(run, STYLES)
            run.train_step()
            if step % 4 == 3:
                run.validate()
        run.save(tmp_path / "a.pkl")
        files.append((tmp_path / "a.pkl").read_bytes())
    assert files[0] == files[1]


def test_the_clock_starts_after_the_rehearsal_and_goes_on_where_it_stood(text_file, tmp_path, monkeypatch):
    """The kernels take three times as long to compile as the whole run has, when it begins and when it goes on."""
    now = [100.0]
    monkeypatch.setattr("minrnn.training.standing.time", SimpleNamespace(perf_counter=lambda: now[0]))

    def slow(run, styles):
        now[0] += 180

    take_step = Run.train_step

    def step_of_ten_seconds(run):
        now[0] += 10
        take_step(run)

    monkeypatch.setattr(trainer_module, "rehearse", slow)
    monkeypatch.setattr(Run, "train_step", step_of_ten_seconds)
    run = new_run(text_file, steps=None, minutes=1.0, log_every=1, eval_every=0)
    Trainer(run, tmp_path).train()
    assert (run.step, run.seconds) == (6, 60)
    first = [line.split(",") for line in (tmp_path / "log.csv").read_text().splitlines()[1:]]
    assert [float(row[3]) for row in first] == [10, 20, 30, 40, 50, 60]

    saved = checkpoint.load(tmp_path / "last.pkl")
    now[0] += 5000
    run = Run(resolve({"minutes": 1.5, "quiet": True}, saved["config"]["options"]), saved)
    now[0] += 5
    Trainer(run, tmp_path).train()
    assert (run.step, run.seconds) == (9, 90)


def test_a_run_that_is_over_needs_no_rehearsal(text_file, tmp_path, monkeypatch):
    run = new_run(text_file, steps=2)
    Trainer(run, tmp_path).train()
    monkeypatch.setattr(trainer_module, "rehearse", None)
    Trainer(run, tmp_path).train()


def test_a_signal_stops_a_rehearsal_and_leaves_a_run_to_go_on_with(text_file, tmp_path, monkeypatch):
    def interrupted(run, styles):
        signal.raise_signal(signal.SIGTERM)
        event.start_event("numba:run_pass")
        raise AssertionError("the signal was not heard")

    monkeypatch.setattr(trainer_module, "rehearse", interrupted)
    assert Trainer(new_run(text_file), tmp_path).train() == signal.SIGTERM
    monkeypatch.undo()
    event.start_event("numba:run_pass")  # Nobody listens any more.
    assert checkpoint.load(tmp_path / "last.pkl")["progress"]["step"] == 0 and steps_logged(tmp_path) == []
    saved = checkpoint.load(tmp_path / "last.pkl")
    assert Trainer(Run(resolve({"quiet": True}, saved["config"]["options"]), saved), tmp_path).train() is None
    assert checkpoint.load(tmp_path / "last.pkl")["progress"]["step"] == 20


CASES = [
    *(["--cell", cell, "--sample-style", ",".join(STYLES)] for cell in CELLS),
    *(["--cell", "gru", "--optimizer", name, "--clip-value", "1"] for name in OPTIMIZERS),
    *(["--cell", "gru", "--schedule", name] for name in SCHEDULES),
    *(["--cell", "rnn", "--level", level] for level in LEVELS),
    ["--ema", "0.9", "--embed", "5", "--embedding-dropout", "0.1", "--dropout", "0.3", "--weight-drop", "0.2"],
    ["--tail-average", "0.5", "--input-dropout", "0.2", "--activation-reg", "1", "--temporal-reg", "1", "--skip"],
    ["--tie-weights", "--embed", "5", "--projection", "5", "--dropout", "0.2", "--dropout-mask", "sequence"],
    ["--val-first", "3495"],  # a last window of one step
    ["--val-symbols", "120"],  # and another length of the last validation
    ["--seq-len", "1", "--shards", "1", "--val", "0"],
    ["--batch-size", "1", "--quiet"],
]


@pytest.mark.slow
def test_no_kernel_is_compiled_after_the_rehearsal(text_file, tmp_path):
    every = ["--steps", "7", "--eval-every", "3", "--sample-every", "3", "--sample-length", "5", "--threads", "1"]
    small = ["--hidden", "8", "--batch-size", "6", "--seq-len", "7", "--shards", "2"]
    lines = []
    for k, case in enumerate(CASES):
        shards = ["--shards", "1"] if "--batch-size" in case else []
        lines.append(json.dumps([str(text_file), *small, *every, *case, *shards, "--out", str(tmp_path / str(k))]))
    program = Path(__file__).parents[1] / "support" / "first_calls.py"
    result = subprocess.run([sys.executable, program], input="\n".join(lines), capture_output=True, text=True)
    outcomes = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(outcomes) == len(CASES), result.stderr
    for case, outcome in zip(CASES, outcomes):
        status, late, known = outcome
        assert (status, late) == (0, []) and known > 5, (case, outcome)


@pytest.mark.slow
def test_the_first_step_of_a_run_comes_soon_whatever_there_was_to_compile(text_file, tmp_path, process):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    options = [*TINY, "--steps", 3, "--log-every", 1, "--out", tmp_path / "run"]
    begun = time.monotonic()
    result = process("train.py", text_file, *options, env=environment)
    taken = time.monotonic() - begun
    assert result.returncode == 0 and KEPT in result.stderr, result.stderr
    rows = (tmp_path / "run" / "log.csv").read_text().splitlines()[1:]
    assert len(rows) == 3 and float(rows[-1].split(",")[3]) < taken / 5


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_is_heard_while_kernels_compile(text_file, tmp_path):
    """With an empty cache, so that there is much to compile, and on two threads."""
    command = command_line("train.py", [text_file, "--out", tmp_path / "run", *TINY, "--threads", 2, "--shards", 2])
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    said = ""
    while "compiling kernels" not in said:
        said += process.stderr.read(1)
        assert process.poll() is None, said
    time.sleep(0.5)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in rest, rest
    assert time.monotonic() - begun < 5
    assert re.search(r"stopped after step 0; to go on: python train.py --resume --out \S+run\n", rest), rest
