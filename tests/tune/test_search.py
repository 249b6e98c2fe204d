"""A search as a user runs it: to its end, stopped, killed, by two processes, on another text."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT

pytest.importorskip("optuna")
pytestmark = pytest.mark.slow
COMMON = ["--space", "lr=log:1e-4:1e-2", "--space", "hidden=4,8", "--layers", "1", "--batch-size", "4",
          "--seq-len", "8", "--threads", "1", "--study", "s"]  # fmt: skip
SHORT = ["--steps", "20", "--eval-every", "5"]
LONG = ["--steps", "3000", "--eval-every", "100"]


@pytest.fixture
def here(tmp_path):
    (tmp_path / "t.txt").write_text("the cat sat on the mat, and the dog ran. " * 60)
    (tmp_path / "u.txt").write_text("another text of the same length, or not. " * 60)
    return tmp_path


def command(*arguments):
    return [sys.executable, "-m", "minrnn.tune", *map(str, arguments)]


def tune(here, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command(*arguments), cwd=here, env=environment, capture_output=True, text=True, timeout=150)


def start(here, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command(*arguments), cwd=here, env=environment, stdout=pipe, stderr=pipe, text=True)


def states(here):
    """How many trials of the study are in each state."""
    from minrnn.tune.study import journal, load_optuna

    study = load_optuna().load_study(study_name="s", storage=journal(str(here / "s/study.journal")))
    found = [trial.state.name for trial in study.trials]
    return {name: found.count(name) for name in found}


def test_a_search_ends_with_a_table_a_command_that_works_and_pictures(here):
    done = tune(here, "t.txt", "--trials", 9, *COMMON, *SHORT, "--seed", 5)
    assert done.returncode == 0, done.stderr
    table, _, advice = done.stdout.partition("\n\nto train the best one longer:\n")
    head, first, *_ = table.splitlines()
    assert head.split() == ["trial", "loss", "symbols", "seconds", "lr", "hidden"]
    assert (here / "s/history.png").exists()
    best = json.loads((here / f"s/trial-{int(first.split()[0]):04}/result.json").read_text())
    assert f"{best['best_loss']:.4f}" == first.split()[1]
    assert "[I " not in done.stderr and "Warning" not in done.stderr
    words = shlex.split(advice)
    assert words[:3] == ["python", "train.py", "t.txt"] and words[words.index("--steps") + 1] == "100"
    longer = [sys.executable, str(ROOT / "train.py"), *words[2:], "--quiet"]
    assert subprocess.run(longer, cwd=here, timeout=100).returncode == 0
    # The same command again has nothing left to do, and a new study with the same seed finds the same.
    again = tune(here, "t.txt", "--trials", 9, *COMMON, *SHORT, "--seed", 5)
    assert again.returncode == 0 and "trial 0:" not in again.stderr
    other = tune(here, "t.txt", "--trials", 3, *COMMON[:-1], "s2", *SHORT, "--seed", 5)
    assert other.stderr.splitlines()[:3] == done.stderr.splitlines()[:3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_stopped_or_killed_search_goes_on_with_the_run_that_it_left(here, number):
    process = start(here, "t.txt", "--trials", 2, *COMMON, *LONG)
    deadline = time.monotonic() + 60
    log = here / "s/trial-0000/log.csv"
    while time.monotonic() < deadline and not (log.exists() and log.read_text().count("\n") > 3):
        time.sleep(0.02)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == (130 if number == signal.SIGINT else -9), errors
    done = tune(here, "t.txt", "--trials", 2, *COMMON, *LONG)
    assert done.returncode == 0, done.stderr
    assert states(here) == {"FAIL": 1, "COMPLETE": 2}
    # The stopped run was finished in its own folder: the trial that went on with it has none.
    assert sorted(path.name for path in (here / "s").glob("trial-*")) == ["trial-0000", "trial-0002"]
    assert json.loads((here / "s/trial-0000/result.json").read_text())["finished"] is True


def test_two_processes_share_a_study(here):
    both = [start(here, "t.txt", "--trials", 8, *COMMON, *SHORT) for _ in range(2)]
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert "trial " in errors
    assert sum(states(here).values()) in (8, 9) and "FAIL" not in states(here)


def test_another_text_or_space_and_other_options_are_refused(here):
    assert tune(here, "t.txt", "--trials", 1, *COMMON, *SHORT).returncode == 0
    for arguments, what in [
        (["u.txt", *COMMON, *SHORT], "another text"),
        (["t.txt", *COMMON, *SHORT, "--dropout", "0.1"], "another options"),
        (["t.txt", *COMMON, *SHORT, "--space", "dropout=0:0.5"], "another space"),
    ]:
        done = tune(here, "--trials", 2, *arguments)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and what in done.stderr
        assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments, reason",
    [
        (["t.txt", "--space", "hiden=1,2"], "did you mean hidden"),
        (["t.txt"], "--space"),
        (["t.txt", *COMMON, "--val", "0"], "compares validation losses"),
        (["-", *COMMON], "cannot be one"),
        (["nowhere.txt", *COMMON], "nowhere.txt"),
        (["t.txt", *COMMON, "--storage", "nonsense"], "cannot be used as a study"),
    ],
)
def test_bad_input_ends_with_one_line(here, arguments, reason):
    done = tune(here, *arguments)
    assert done.returncode == 2 and reason in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_a_damaged_journal_is_told_in_one_line(here):
    (here / "s").mkdir()
    (here / "s/study.journal").write_text("nonsense\nmore\n")
    done = tune(here, "t.txt", *COMMON, *SHORT)
    assert done.returncode == 2 and "cannot be used as a study" in done.stderr and len(done.stderr.splitlines()) == 1
