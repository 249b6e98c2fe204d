"""Runs on texts of all kinds: gzip, standard input, other encodings, words of all scripts; what a user is told."""

import gzip
import io
import random
import sys
from types import SimpleNamespace

import pytest
from conftest import assert_refused

from data import LEVELS, Text
from data.files import standard_input
from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.system.errors import OptionError
from minrnn.training.run import Run

RUSSIAN = "Съешь же ещё этих мягких французских булок.\n" * 20
HINDI = "हिन्दी भाषा में किताब\n" * 40
SMALL = dict(hidden=7, batch_size=4, seq_len=8, steps=9, shards=1, threads=1, quiet=True)
FLAGS = ("--hidden", 7, "--batch-size", 4, "--seq-len", 8, "--steps", 3, "--threads", 1, "--out", "r")


@pytest.fixture
def piped(monkeypatch):
    """piped(content): these bytes come from standard input."""

    def pipe(content):
        standard_input.cache_clear()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    yield pipe
    standard_input.cache_clear()


KINDS = {
    "another encoding": ("t.txt", RUSSIAN.encode("cp1251"), {"encoding": "cp1251"}),
    "gzip": ("t.txt.gz", gzip.compress(RUSSIAN.encode()), {}),
    "gzip, as bytes": ("t.txt.gz", gzip.compress(RUSSIAN.encode()), {"level": "byte"}),
    "standard input": ("-", RUSSIAN.encode(), {}),
    "words of Hindi": ("t.txt", HINDI.encode(), {"level": "word"}),
    "words between spaces": ("t.txt", HINDI.encode(), {"level": "word", "tokeniser": "spaces"}),
}


@pytest.mark.parametrize("name, content, given", KINDS.values(), ids=KINDS)
def test_a_resumed_run_ends_with_the_same_bytes(name, content, given, tmp_path, monkeypatch, piped):
    monkeypatch.setattr("minrnn.training.standing.time", SimpleNamespace(perf_counter=lambda: 0.0))
    if name != "-":
        (tmp_path / name).write_bytes(content)
        name = str(tmp_path / name)

    def end(*stops):
        piped(content)
        run = Run(resolve(SMALL | given | {"text": [name]}))
        for stop in (*stops, 9):
            while run.step < stop:
                run.train_step()
            run.save(tmp_path / "r.pkl")
            saved = checkpoint.load(tmp_path / "r.pkl")
            piped(content)
            run = Run(resolve({"threads": 1, "quiet": True}, saved["config"]["options"]), saved)
        return (tmp_path / "r.pkl").read_bytes()

    assert end() == end(2, 5)


def test_a_run_from_standard_input_is_resumed_with_the_same_text_only(script, piped):
    piped(RUSSIAN.encode())
    assert script("train.py", "-", *FLAGS).returncode == 0
    again = ("train.py", "--resume", "--out", "r", "--steps", 5, "--quiet")
    for other in (HINDI.encode(), b""):
        piped(other)
        assert_refused(script(*again), "- is not the text this run began with", "give that one")
    piped(RUSSIAN.encode())
    assert script(*again).returncode == 0


@pytest.mark.slow
def test_an_encoding_is_asked_for_in_training_scoring_and_inspecting(script, tmp_path, piped):
    (tmp_path / "t.txt").write_bytes(RUSSIAN.encode("cp1251"))
    wrong = ("t.txt is not UTF-8", "byte 0xD1 at offset 0", "--encoding", "iconv -f", "--level byte")
    right = ("--encoding", "cp1251")
    assert_refused(script("train.py", "t.txt", *FLAGS, "--quiet"), *wrong)
    assert script("train.py", "t.txt", *FLAGS, *right).returncode == 0
    assert_refused(script("sample.py", "r", "--score", "t.txt"), *wrong)
    score = script("sample.py", "r", "--score", "t.txt", *right)
    assert score.returncode == 0 and "symbols           880" in score.stdout
    dynamic = ("--dynamic", "--dynamic-text", "t.txt")
    assert script("sample.py", "r", "--score", "t.txt", *right, *dynamic).returncode == 0
    piped(RUSSIAN.encode("cp1251"))
    assert script("sample.py", "r", "--score", "-", *right).stdout == score.stdout
    assert_refused(script("minrnn.inspect", "r", "--text", "t.txt"), *wrong)
    assert script("minrnn.inspect", "r", "--text", "-", *right, "--lags", 5).returncode == 0


@pytest.mark.parametrize("name, near", [("lattin1", "latin1"), ("cp125", "cp1252"), ("utf-88", "utf_8"), ("x\0", "")])
def test_a_name_that_is_no_encoding_is_refused_with_the_nearest(name, near, script):
    result = script("train.py", "t.txt", "--encoding", name)
    assert_refused(result, "is not an encoding, such as utf-8", near)
    assert_refused(script("sample.py", "r", "--score", "t.txt", "--encoding", name), "is not an encoding")


def test_codecs_that_are_not_of_text_are_no_encodings(script):
    for name in ("rot13", "hex", "base64", "undefined"):
        assert_refused(script("train.py", "t.txt", "--encoding", name), f"'{name}' is not an encoding")


def test_options_that_contradict_are_refused(script):
    assert_refused(
        script("sample.py", "r", "--encoding", "latin-1"), "--encoding is for the texts of --score and --prime-file"
    )
    for given, words in (
        ({"level": "byte", "encoding": "latin-1"}, "--level byte takes the bytes as they are"),
        ({"tokeniser": "spaces"}, "--tokeniser belongs to --level word, not to char"),
    ):
        with pytest.raises(OptionError, match=words):
            resolve(given)


# What a user is told


def test_the_introduction_says_which_tokeniser_was_taken(script, tmp_path):
    (tmp_path / "t.txt").write_text(HINDI, encoding="utf-8")
    result = script("train.py", "t.txt", *FLAGS, "--level", "word")
    assert "words: --tokeniser unicode: words with their marks" in result.stderr and " 6 different" in result.stderr
    (tmp_path / "u.txt").write_text(" the cat sat \n" * 99 + " the  cat \n", encoding="utf-8")
    result = script("train.py", "u.txt", *FLAGS[:-1], "u", "--level", "word")
    assert "words: --tokeniser spaces:" in result.stderr and "warning: the text is tokenised already" in result.stderr


def test_chinese_without_spaces_can_be_learned_as_words(script, tmp_path):
    letters = random.Random(3).choices("的一是不了人我在有他这中大来上个国和，。", k=180_000)
    (tmp_path / "t.txt").write_text("".join(letters), encoding="utf-8")
    result = script("train.py", "t.txt", *FLAGS, "--level", "word")
    assert result.returncode == 0 and "180,000 symbols, 20 different" in result.stderr
    result = script("train.py", "t.txt", *FLAGS[:-1], "s", "--level", "word", "--tokeniser", "spaces")
    assert_refused(result, "only 1 symbol", "--level char")


@pytest.mark.slow
def test_lost_text_is_said_even_with_quiet(script, tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "a.txt").write_text(RUSSIAN, encoding="utf-8")
    (tmp_path / "t" / "b.txt").write_bytes(RUSSIAN.encode("cp1251"))
    (tmp_path / "t" / "c.bin").write_bytes(b"x" * 9000 + b"\0")
    result = script("train.py", "t", *FLAGS, "--quiet")
    assert result.returncode == 0
    assert (
        result.stderr.startswith("warning: t: non-UTF-8 files left out: 1 (t/b.txt") and result.stderr.count("\n") == 1
    )
    score = script("sample.py", "r", "--score", "t")
    assert score.returncode == 0 and score.stderr == result.stderr
    seen = script("minrnn.inspect", "r", "r", "--text", "t", "--lags", 5)
    assert seen.returncode == 0 and seen.stderr == result.stderr
    result = script("train.py", "t", *FLAGS[:-1], "s")
    assert "note: t: binary files left out: 1 (t/c.bin" in result.stderr and "warning: t: non-UTF-8" in result.stderr


def test_letters_that_leave_nothing_are_refused_in_training_and_scoring(script, tmp_path, text_file):
    (tmp_path / "t.txt").write_text(RUSSIAN, encoding="utf-8")
    assert_refused(script("train.py", "t.txt", *FLAGS, "--letters"), "--letters keeps 0 of the text's 740")
    assert script("train.py", text_file, *FLAGS, "--letters", "--quiet").returncode == 0
    assert_refused(script("sample.py", "r", "--score", "t.txt"), "--letters keeps 0 of the text's 740")


def test_a_text_that_grows_while_it_is_read_is_refused_with_a_cure(script, tmp_path, monkeypatch):
    path = tmp_path / "t.log"
    path.write_text("abc\n" * 99)
    really = LEVELS["char"].learn

    def learn(text, *arguments, **more):
        vocabulary = really(text, *arguments, **more)
        with open(path, "a") as file:
            file.write("something new\n")
        return vocabulary

    monkeypatch.setattr(LEVELS["char"], "learn", learn)
    assert_refused(script("train.py", "t.log", *FLAGS), "t.log changed while it was read", "copy")
    assert Text([str(path)]).files == [path]
