"""train.py and sample.py as a user meets them: what they leave, and how they say no."""

import os
import pickle
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT

from minrnn.log import FIELDS

TINY = ("--hidden", 8, "--batch-size", 4, "--seq-len", 8, "--threads", 1)


def assert_refused(result, *words):
    """Exit status 2, one line on stderr with these words in it, nothing on stdout, no traceback."""
    assert result.returncode == 2, result.stderr
    assert result.stderr.count("\n") == 1 and "Traceback" not in result.stderr, result.stderr
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr, result.stderr


@pytest.fixture(scope="module")
def trained(text_file, tmp_path_factory):
    """The folder of a small finished run."""
    folder = tmp_path_factory.mktemp("runs") / "cats"
    command = [
        sys.executable,
        ROOT / "train.py",
        text_file,
        "--out",
        folder,
        "--steps",
        "60",
        "--quiet",
        "--hidden",
        "16",
    ]
    subprocess.run(command, check=True, timeout=120)
    return folder


def test_a_run_leaves_its_files_and_a_log_with_the_header(trained):
    assert {p.name for p in trained.iterdir()} == {"last.pkl", "best.pkl", "log.csv", "loss.png"}
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


def steps_logged(folder):
    return [int(line.split(",")[0]) for line in (folder / "log.csv").read_text().splitlines()[1:]]


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


def test_closed_streams_do_not_stop_a_run(text_file, tmp_path):
    command = f"{sys.executable} {ROOT / 'train.py'} {text_file} --steps 3 --hidden 8 --out {tmp_path / 'r'} >&- 2>&-"
    assert subprocess.run(command, shell=True, timeout=60).returncode == 0
    assert (tmp_path / "r" / "last.pkl").exists()


def test_a_full_disk_is_told_in_one_line_and_the_last_checkpoint_stays(script, text_file, tmp_path):
    arguments = (text_file, "--hidden", 32, "--steps", 30, "--eval-every", 0, "--quiet", "--out", "r")
    assert script("train.py", *arguments).returncode == 0
    before = (tmp_path / "r" / "last.pkl").read_bytes()
    limit = [sys.executable, ROOT / "train.py", "--resume", "--steps", "60", "--quiet", "--out", tmp_path / "r"]
    command = "ulimit -f 20; exec " + " ".join(map(str, limit))
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert result.returncode == 2, result.stderr
    assert result.stderr.count("\n") == 1 and "last.pkl: File too large" in result.stderr
    assert (tmp_path / "r" / "last.pkl").read_bytes() == before
    assert {p.name for p in (tmp_path / "r").iterdir()} == {"last.pkl", "best.pkl", "log.csv", "loss.png"}


def test_rows_of_the_log_that_were_cut_short_are_left_out_on_resume(script, text_file, tmp_path):
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
    result = script("sample.py", "r/last.pkl", "--length", 40, "--prime", "東京 ", "--seed", 1, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    assert len(result.stdout) >= (40 if level != "byte" else 10)
    plain = {**os.environ, "PYTHONIOENCODING": "ascii"}
    assert script("sample.py", "r/last.pkl", "--length", 40, "--seed", 1, env=plain).returncode == 0


def test_stdout_has_the_generated_text_and_nothing_else(script, trained):
    result = script("sample.py", trained / "best.pkl", "--length", 77, "--prime", "The cat", "--seed", 3)
    assert result.returncode == 0
    assert len(result.stdout) == 77
    assert result.stderr == "The cat"
    again = script("sample.py", trained / "best.pkl", "--length", 77, "--prime", "The cat", "--seed", 3)
    assert again.stdout == result.stdout


def test_several_samples_stand_apart(script, trained):
    result = script("sample.py", trained / "best.pkl", "--length", 20, "--num", 3, "--seed", 3, "--top-k", 4)
    assert len(result.stdout) == 3 * 20 + 2
    assert result.stderr.count("sample") == 3


def test_a_stop_string_ends_the_text(script, trained):
    result = script("sample.py", trained / "best.pkl", "--length", 500, "--stop", " ", "--seed", 3)
    assert " " not in result.stdout
    assert len(result.stdout) < 500


def test_endless_writing_ends_when_nobody_reads(script, trained):
    command = [sys.executable, ROOT / "sample.py", trained / "best.pkl", "--length", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert len(process.stdout.read(5000)) == 5000
        process.stdout.close()
        assert process.wait(20) == 0
        assert process.stderr.read() == b""


def test_score_tells_nats_bits_and_perplexity(script, trained, text_file, tmp_path):
    result = script("sample.py", trained / "best.pkl", "--score", text_file)
    rows = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines())
    assert list(rows) == ["nats a symbol", "bits a character", "perplexity", "accuracy", "symbols"]
    assert int(rows["symbols"]) == 6000
    (tmp_path / "noise.txt").write_text(text_file.read_text()[::-1])
    noise = script("sample.py", trained / "best.pkl", "--score", "noise.txt")
    assert float(noise.stdout.split()[3]) > float(rows["nats a symbol"])


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


def test_plain_python_trains_like_the_compiled_kernels(script, text_file, tmp_path):
    for folder, jit in (("compiled", "0"), ("plain", "1")):
        arguments = (text_file, *TINY, "--steps", 3, "--log-every", 1, "--cell", "gru", "--val", 0.02, "--out", folder)
        result = script("train.py", *arguments, "--quiet", env={**os.environ, "NUMBA_DISABLE_JIT": jit})
        assert result.returncode == 0, result.stderr
    losses = [
        [float(line.split(",")[4]) for line in (tmp_path / folder / "log.csv").read_text().splitlines()[1:]]
        for folder in ("compiled", "plain")
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def start_training(text_file, folder):
    """A long run, begun; returns when its first checkpoint is there."""
    command = [sys.executable, ROOT / "train.py", text_file, "--out", folder, *map(str, TINY), "--steps", "1000000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (folder / "log.csv").exists() or len((folder / "log.csv").read_text().splitlines()) < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    return process


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
    "binary file": (b"\x7fELF\0\0\1\2" * 100, ["t.txt", "no text", "--level byte"]),
    "another encoding": ("äöüß".encode("latin-1") * 100, ["t.txt", "UTF-8"]),
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
    "momentum for adam": (["--momentum", 0.9], ["--momentum belongs to --optimizer sgd"]),
    "reset for lstm": (["--gru-reset", "before"], ["--gru-reset belongs to --cell gru"]),
    "plateau without validation": (["--schedule", "plateau", "--val", 0], ["plateau", "--val"]),
    "an empty name": ([""], ["TEXT", "empty"]),
    "more shards than rows": (["--shards", 9, "--batch-size", 4], ["--shards 9", "--batch-size 4"]),
    "size for bytes": (["--level", "byte", "--vocab-size", 9], ["--vocab-size"]),
    "nothing to resume": (["--resume"], ["no run", "--out"]),
    "resume elsewhere": (["--resume", "--out", "nowhere"], ["nowhere", "cannot be read"]),
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


BAD_SAMPLES = {
    "unknown symbol": (["--prime", "🎉"], ["🎉", "symbols this model knows"]),
    "greedy and temperature": (["--greedy", "--temperature", 2], ["--greedy", "--temperature"]),
    "temperature zero": (["--temperature", 0], ["--temperature", "above 0"]),
    "top-p of two": (["--top-p", 2], ["--top-p"]),
    "endless and many": (["--length", 0, "--num", 2], ["--length 0", "--num"]),
    "greedy and many": (["--greedy", "--num", 2], ["--greedy", "--num"]),
    "score and write": (["--score", __file__, "--length", 5], ["--score", "--length"]),
    "an empty stop": (["--stop", ""], ["--stop", "empty"]),
    "missing text to score": (["--score", "nowhere.txt"], ["nowhere.txt"]),
}


@pytest.mark.parametrize("arguments, words", BAD_SAMPLES.values(), ids=BAD_SAMPLES)
def test_bad_sampling_is_refused_in_one_line(arguments, words, script, trained):
    assert_refused(script("sample.py", trained / "best.pkl", *arguments), *words)


def test_what_is_no_checkpoint_is_refused_in_one_line(script, text_file, tmp_path):
    assert_refused(script("sample.py", text_file), "no minrnn checkpoint", "train.py")
    assert_refused(script("sample.py", "nowhere.pkl"), "nowhere.pkl", "cannot be read")
    assert_refused(script("sample.py", tmp_path), "cannot be read")
    assert_refused(script("sample.py", "/dev/zero"), "cannot be read")
    (tmp_path / "last.pkl").write_text("A text file.")
    assert_refused(script("train.py", "--resume", "--out", tmp_path), "no minrnn checkpoint")
