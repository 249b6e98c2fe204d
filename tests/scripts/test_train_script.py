"""train.py as a user sees it: the files it leaves, and how it refuses bad input."""

import os
import pickle
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, assert_refused
from runs import TINY, start_training, steps_logged

from minrnn import checkpoint
from minrnn.options.presets import names
from minrnn.rundir.log import FIELDS


def test_a_run_leaves_its_files_and_a_log_with_the_header(trained):
    assert {p.name for p in trained.iterdir()} == {"last.pkl", "best.pkl", "log.csv", "loss.png", "result.json"}
    lines = (trained / "log.csv").read_text().splitlines()
    assert lines[0] == ",".join(FIELDS)
    assert lines[-1].startswith("60,")
    assert (trained / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_training_reports_samples_on_stdout_and_progress_on_stderr(script, text_file):
    result = script("train.py", text_file, *TINY, "--steps", 12, "--sample-every", 5, "--eval-every", 6)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("a sample") == 3
    assert result.stdout.count("validation loss") == 2
    assert "bits a character" in result.stdout and "perplexity" in result.stdout
    assert "symbols/s" in result.stderr
    assert "runs/cats-lstm" in result.stderr


def test_runs_over_words_show_their_perplexity_first(script, text_file):
    result = script("train.py", text_file, *TINY, "--level", "word", "--steps", 12, "--eval-every", 6)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("validation perplexity ") == 2 and "validation loss" not in result.stdout
    assert re.search(r"perplexity [\d.]+ \(loss [\d.]+ nats, [\d.]+ bits a character\)", result.stdout)
    assert re.search(r"symbols/s, perplexity [\d.]+\]", result.stderr) and "loss" not in result.stderr


def test_the_log_has_one_row_for_a_step(script, text_file, tmp_path):
    arguments = (text_file, *TINY, "--steps", 12, "--log-every", 3, "--eval-every", 6, "--quiet", "--out", "r")
    assert script("train.py", *arguments).returncode == 0
    assert steps_logged(tmp_path / "r") == [3, 6, 9, 12]


def test_without_validation_the_last_weights_are_named(script, text_file, tmp_path):
    result = script("train.py", text_file, *TINY, "--steps", 12, "--log-every", 6, "--val", 0, "--out", "r")
    assert result.returncode == 0 and "r/last.pkl" in result.stderr
    assert not (tmp_path / "r" / "best.pkl").exists()
    assert steps_logged(tmp_path / "r") == [6, 12]


def test_resuming_a_finished_run_changes_nothing_and_says_how_to_go_on(script, text_file, tmp_path):
    assert script("train.py", text_file, *TINY, "--steps", 5, "--quiet", "--out", "r").returncode == 0
    before = {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()}
    result = script("train.py", "--resume", "--out", "r")
    assert result.returncode == 0 and "over at step 5" in result.stderr and "--steps" in result.stderr
    assert {p.name: p.read_bytes() for p in (tmp_path / "r").iterdir()} == before


@pytest.mark.slow
def test_closed_streams_do_not_stop_a_run(text_file, tmp_path):
    command = f"{sys.executable} {ROOT / 'train.py'} {text_file} --steps 3 --hidden 8 --out {tmp_path / 'r'} >&- 2>&-"
    assert subprocess.run(command, shell=True, timeout=60).returncode == 0
    assert (tmp_path / "r" / "last.pkl").exists()


@pytest.mark.slow
def test_a_full_disk_is_reported_in_one_line_and_the_last_checkpoint_stays(script, text_file, tmp_path):
    arguments = (text_file, "--hidden", 32, "--steps", 30, "--eval-every", 0, "--quiet", "--out", "r")
    assert script("train.py", *arguments).returncode == 0
    before = (tmp_path / "r" / "last.pkl").read_bytes()
    limit = [sys.executable, ROOT / "train.py", "--resume", "--steps", "60", "--quiet", "--out", tmp_path / "r"]
    command = "ulimit -f 20; exec " + " ".join(map(str, limit))
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert result.returncode == 2, result.stderr
    assert result.stderr.count("\n") == 1 and "last.pkl: File too large" in result.stderr
    assert (tmp_path / "r" / "last.pkl").read_bytes() == before
    assert {p.name for p in (tmp_path / "r").iterdir()} == {
        "last.pkl",
        "best.pkl",
        "log.csv",
        "loss.png",
        "result.json",
    }


def test_broken_rows_of_the_log_are_left_out_on_resume(script, text_file, tmp_path):
    assert script("train.py", text_file, *TINY, "--steps", 4, "--log-every", 2, "--quiet", "--out", "r").returncode == 0
    with open(tmp_path / "r" / "log.csv", "ab") as file:
        file.write(b"3,9\r\nodd,\xff\r\n")
    assert script("train.py", "--resume", "--steps", 6, "--quiet", "--out", "r").returncode == 0
    assert steps_logged(tmp_path / "r") == [2, 4, 6]


def test_quiet_says_nothing(script, text_file):
    result = script("train.py", text_file, *TINY, "--steps", 3, "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_second_run_gets_a_folder_of_its_own(script, text_file, tmp_path):
    for _ in range(2):
        assert script("train.py", text_file, *TINY, "--steps", 2, "--quiet").returncode == 0
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == ["cats-lstm", "cats-lstm-2"]


@pytest.mark.parametrize("level", ["char", "word", "byte"])
def test_any_unicode_trains_and_samples(level, script, tmp_path):
    (tmp_path / "t.txt").write_text("Zoë naïve — 東京 🎉 ok\n" * 60, encoding="utf-8")
    arguments = ("t.txt", "--level", level, *TINY, "--steps", 30, "--out", "r", "--lr", 0.02)
    assert script("train.py", *arguments, "--quiet").returncode == 0
    result = script("sample.py", "r/last.pkl", "--length", 40, "--prime", "東京 ", "--seed", 1)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout) >= (40 if level != "byte" else 10)


@pytest.mark.slow
def test_training_goes_on_when_nobody_reads_its_reports(text_file, tmp_path):
    command = [sys.executable, ROOT / "train.py", text_file, "--out", tmp_path / "r", *map(str, TINY)]
    options = ["--steps", "400", "--sample-every", "20"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
    assert steps_logged(tmp_path / "r")[-1] == 400


def test_a_diverging_run_ends_in_one_line_that_names_a_checkpoint(script, text_file, tmp_path):
    wild = ("--optimizer", "sgd", "--lr", 1e9, "--clip-norm", 0, "--schedule", "constant", "--quiet")
    result = script("train.py", text_file, *TINY, *wild, "--steps", 500, "--out", "r")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and "lower --lr" in result.stderr and "r/last.pkl" in result.stderr
    assert script("sample.py", "r/last.pkl", "--length", 5).returncode == 0


@pytest.mark.slow
def test_plain_python_trains_like_the_compiled_kernels(process, text_file, tmp_path):
    """Its checkpoints load, too."""
    for folder, jit in (("compiled", "0"), ("plain", "1")):
        arguments = (text_file, *TINY, "--steps", 3, "--log-every", 1, "--cell", "gru", "--val", 0.02, "--out", folder)
        result = process("train.py", *arguments, "--quiet", env={**os.environ, "NUMBA_DISABLE_JIT": jit})
        assert result.returncode == 0, result.stderr
    losses = [
        [float(line.split(",")[4]) for line in (tmp_path / folder / "log.csv").read_text().splitlines()[1:]]
        for folder in ("compiled", "plain")
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    result = process("train.py", "--resume", "--out", "plain", "--steps", 4, "--quiet")
    assert result.returncode == 0, result.stderr
    assert steps_logged(tmp_path / "plain") == [1, 2, 3, 4]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_saves_and_says_how_to_go_on(number, script, text_file, tmp_path):
    process = start_training(text_file, tmp_path / "r")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert f"--resume --out {tmp_path / 'r'}" in err.splitlines()[-1] and "Traceback" not in err
    with open(tmp_path / "r" / "last.pkl", "rb") as file:
        step = pickle.load(file)["progress"]["step"]
    assert f"stopped after step {step}" in err
    result = script("train.py", "--resume", "--out", "r", "--steps", step + 5, "--quiet")
    assert result.returncode == 0, result.stderr
    steps = steps_logged(tmp_path / "r")
    assert steps == sorted(set(steps)) and steps[-1] == step + 5


@pytest.mark.slow
def test_the_commands_that_it_suggests_work(script, text_file, tmp_path):
    """Also for a folder with a space in its name."""
    process = start_training(text_file, tmp_path / "my run")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    _, script_name, *words = shlex.split(err.splitlines()[-1].partition("to go on: ")[2])
    step = checkpoint.load(tmp_path / "my run" / "last.pkl")["progress"]["step"]
    result = script(script_name, *words, "--steps", step + 1)
    assert result.returncode == 0, result.stderr
    _, script_name, *words = shlex.split(result.stderr.splitlines()[-1].partition("let it write: ")[2])
    assert len(script(script_name, *words, "--length", 5).stdout) == 5


@pytest.mark.slow
def test_a_signal_that_is_ignored_stays_so(text_file, tmp_path):
    """A shell that runs a script starts background jobs with Ctrl-C ignored."""
    ignoring = "import os, signal as s, sys; s.signal(s.SIGINT, s.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    arguments = [text_file, "--out", tmp_path / "r", *TINY, "--steps", 600, "--log-every", 1]
    command = [sys.executable, "-c", ignoring, sys.executable, ROOT / "train.py", *arguments]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not (tmp_path / "r" / "log.csv").exists() or len(steps_logged(tmp_path / "r")) < 3:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert steps_logged(tmp_path / "r")[-1] == 600


@pytest.mark.slow
def test_a_killed_run_goes_on_from_its_last_checkpoint(script, text_file, tmp_path):
    process = start_training(text_file, tmp_path / "r")
    process.kill()
    process.communicate()
    result = script("train.py", "--resume", "--out", "r", "--steps", 10, "--quiet")
    assert result.returncode == 0, result.stderr


def test_resuming_without_a_folder_takes_the_newest_run(script, text_file, tmp_path):
    assert script("train.py", text_file, *TINY, "--steps", 2, "--quiet").returncode == 0
    assert script("train.py", "--resume", "--steps", 4, "--quiet").returncode == 0
    assert (tmp_path / "runs" / "cats-lstm" / "log.csv").read_text().splitlines()[-1].startswith("4,")


BAD_TEXTS = {
    "missing file": (None, ["t.txt", "does not exist", "give a text file"]),
    "empty file": (b"", ["t.txt", "empty"]),
    "ten characters": (b"abcdefghij", ["only 10 symbols", "--val 0"]),
    "one character": (b"a", ["only 1 symbol"]),
    "binary file": (b"\x7fELF\0\0\1\2" * 100, ["t.txt", "NUL byte", "--level byte"]),
    "another encoding": ("äöüß".encode("latin-1") * 100, ["t.txt", "UTF-8", "--encoding latin-1", "iconv"]),
}


@pytest.mark.parametrize("contents, words", BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_a_bad_text_is_refused_in_one_line(contents, words, script, tmp_path):
    if contents is not None:
        (tmp_path / "t.txt").write_bytes(contents)
    assert_refused(script("train.py", "t.txt", "--steps", 2), *words)
    assert not list(tmp_path.glob("runs/*/*.pkl"))


BAD_OPTIONS = {
    "unknown option": (["--colour", "red"], ["--colour"]),
    "unknown value": (["--cell", "transformer"], ["--cell", "transformer", "lstm"]),
    "no number": (["--hidden", "many"], ["--hidden", "many", "whole number"]),
    "zero": (["--hidden", 0], ["--hidden", "1 or more"]),
    "too large a share": (["--val", 1], ["--val", "not including, 1"]),
    "not a number": (["--lr", "nan"], ["--lr", "nan"]),
    "two lengths": (["--steps", 5, "--epochs", 2], ["--epochs and --steps", "give one"]),
    "momentum for adam": (["--momentum", 0.9], ["--momentum belongs to --optimizer sgd or muon"]),
    "reset for lstm": (["--gru-reset", "before"], ["--gru-reset belongs to --cell gru"]),
    "plateau without validation": (["--schedule", "plateau", "--val", 0], ["plateau", "--val"]),
    "an empty name": ([""], ["TEXT", "empty"]),
    "more shards than rows": (["--shards", 9, "--batch-size", 4], ["--shards 9", "--batch-size 4"]),
    "size for bytes": (["--level", "byte", "--vocab-size", 9], ["--vocab-size"]),
    "an unknown preset": (["--preset", "anna"], ["--preset anna", "anna-lstm", "udacity-lstm64"]),
    "an option against the preset": (["--preset", "anna-lstm", "--gru-reset", "before"], ["preset anna-lstm"]),
    "an unknown initialiser": (["--init", "he"], ["--init", "uniform:B"]),
    "all files held out": (["--val-files", 2], ["--val-files 2", "1 file"]),
    "all symbols held out": (["--val-first", 9999], ["--val-first 9999", "6000 symbols"]),
    "ties that do not fit": (["--tie-weights", "--embed", 9], ["--tie-weights", "--embed 256"]),
    "nothing to resume": (["--resume"], ["no run", "--out"]),
    "resume elsewhere": (["--resume", "--out", "nowhere"], ["no run in nowhere", "--out"]),
    "an eps of nothing": (["--eps", 0], ["--eps", "above 0"]),
    "letters for bytes": (["--level", "byte", "--letters"], ["--level byte", "--letters is given; leave it out"]),
    "bytes for a preset": (["--preset", "udacity-lstm64", "--level", "byte"], ["--level byte", "give --no-letters"]),
}


@pytest.mark.parametrize("arguments, words", BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_bad_options_are_refused_in_one_line(arguments, words, script, text_file):
    assert_refused(script("train.py", text_file, *arguments), *words)


def test_a_finished_run_is_not_written_over(script, text_file, trained):
    before = (trained / "last.pkl").read_bytes()
    assert_refused(script("train.py", text_file, "--out", trained), "holds a run already", "--resume")
    assert (trained / "last.pkl").read_bytes() == before


def test_a_resume_refuses_another_model(script, trained):
    assert_refused(script("train.py", "--resume", "--out", trained, "--hidden", 99), "--hidden 99 contradicts")


def test_a_folder_that_cannot_be_made_is_refused(script, text_file, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert_refused(script("train.py", text_file, "--out", "file/run"), "cannot write into file/run", "--out")
    assert_refused(script("train.py", text_file, "--out", "file"), "cannot write into file: it is a file", "--out")


def test_presets_are_listed(script):
    result = script("train.py", "--list-presets")
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 18 and "anna-lstm" in result.stdout
    assert [line.split()[0] for line in lines] == names()


def test_options_beside_a_preset_win(script, text_file, tmp_path):
    arguments = ("--preset", "anna-lstm", text_file, *TINY, "--steps", 3, "--out", "r", "--quiet")
    result = script("train.py", *arguments)
    assert result.returncode == 0, result.stderr
    with open(tmp_path / "r" / "last.pkl", "rb") as file:
        saved = pickle.load(file)["config"]
    assert (saved["model"]["cell"], saved["model"]["layers"], saved["model"]["hidden"]) == ("lstm", 2, 8)
    assert (saved["options"]["preset"], saved["options"]["dropout"]) == ("anna-lstm", 0.5)
    assert script("train.py", "--resume", "--steps", 5, "--out", "r", "--quiet").returncode == 0


def test_the_newest_checkpoints_are_kept(script, text_file, tmp_path):
    options = ("--steps", 20, "--eval-every", 4, "--keep", 2, "--quiet", "--out", "r")
    assert script("train.py", text_file, *TINY, *options).returncode == 0
    assert sorted(p.name for p in (tmp_path / "r").glob("step-*")) == ["step-00000016.pkl", "step-00000020.pkl"]
    assert script("sample.py", "r/step-00000016.pkl", "--length", 5).returncode == 0


def test_patience_ends_a_run_that_gets_no_better(script, text_file, tmp_path):
    wild = ("--lr", 0.5, "--schedule", "constant", "--eval-every", 2, "--patience", 3)
    result = script("train.py", text_file, *TINY, *wild, "--steps", 500, "--out", "r")
    assert result.returncode == 0 and "3 validations without a better one" in result.stderr
    assert steps_logged(tmp_path / "r")[-1] < 100
    result = script("train.py", "--resume", "--out", "r")
    assert result.returncode == 0 and "is over at step" in result.stderr and "give more --patience" in result.stderr


def test_every_style_of_sample_is_shown_with_the_file_of_each_row(script, tmp_path):
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.txt").write_text(f"This is file {name}.\n" * 60)
    files = ("one.txt", "two.txt", "three.txt", "--val-files", 1)
    styles = ("--sample-style", "one,several,rows", "--sample-length", 30)
    result = script("train.py", *files, *TINY, *styles, "--steps", 4)
    assert result.returncode == 0, result.stderr
    long, several, rows = result.stdout.split("a sample ---\n")[1:]
    assert len(long.removesuffix("\n---\n--- step 4, ")) == 30
    assert len(several.splitlines()) == 5 + 2
    header, *lines = rows.splitlines()[:-1]
    assert header == "file | input | prediction | loss (nats a symbol)"
    assert {line.split(" | ")[0].strip() for line in lines} == {"one.txt", "two.txt"}
    assert all(0 < float(line.split(" | ")[3]) < 10 for line in lines)


def test_each_epoch_ends_with_its_mean_training_loss(script, text_file, tmp_path):
    options = ("--log-every", 1, "--epochs", 2, "--val", 0, "--carry", "epoch", "--out", "r", "--sample-every", 0)
    result = script("train.py", text_file, *TINY, "--batch-size", 30, *options)
    said = [float(line.split()[4]) for line in result.stdout.splitlines() if line.startswith("epoch ")]
    losses = [float(row.split(",")[4]) for row in (tmp_path / "r" / "log.csv").read_text().splitlines()[1:]]
    half = len(losses) // 2
    assert said == pytest.approx([sum(losses[:half]) / half, sum(losses[half:]) / half], abs=1e-4)


def test_tensorboard_files_are_written_if_asked_for(script, text_file, tmp_path):
    options = ("--steps", 6, "--log-every", 2, "--tensorboard", "--quiet", "--out", "r")
    assert script("train.py", text_file, *TINY, *options).returncode == 0
    for name in ("training", "validation"):
        assert list((tmp_path / "r" / "tensorboard" / name).glob("events.out.tfevents.*"))


def test_without_tensorboardx_the_extra_is_named_and_nothing_is_left(script, text_file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    arguments = (text_file, *TINY, "--steps", 2, "--tensorboard", "--quiet", "--out", "r")
    assert_refused(script("train.py", *arguments), "tensorboardX", "'.[tensorboard]'")
    assert not (tmp_path / "r").exists()
