"""What sample.py writes, and how: bytes, JSON lines, prompts from files, stops, probabilities."""

import json
import math
import subprocess

import numpy as np
import pytest
from programs import command_line, run_in_process

from minrnn.checkpoint.several import load_models
from minrnn.generation.choose import choose

BYTES = bytes([0x90, 60, 127, 255])
TINY = ["--steps", 60, "--quiet", "--hidden", 16, "--batch-size", 4, "--seq-len", 8, "--lr", 0.02]


def trained_on(content, place, *options):
    (place / "t.bin").write_bytes(content)
    result = run_in_process("train.py", "t.bin", *TINY, "--out", "r", *options, cwd=place)
    assert result.returncode == 0, result.stderr
    return place / "r"


@pytest.fixture(scope="module")
def bytewise(tmp_path_factory):
    return trained_on(BYTES * 500, tmp_path_factory.mktemp("bytes"), "--level", "byte")


@pytest.fixture(scope="module")
def wordwise(tmp_path_factory):
    text = "the cat sat on the mat\nthe dog sat on the log\n" * 60 + "a hen and an owl\n"
    return trained_on(text.encode(), tmp_path_factory.mktemp("words"), "--level", "word", "--vocab-size", 10)


def run(*arguments, **more):
    """(stdout as bytes, stderr) of sample.py in a process of its own."""
    result = subprocess.run(command_line("sample.py", arguments), capture_output=True, timeout=100, **more)
    assert result.returncode == 0, result.stderr
    return result.stdout, result.stderr


@pytest.mark.slow
def test_a_byte_level_model_writes_bytes(bytewise):
    out, _ = run(bytewise, "--length", 40, "--seed", 1)
    assert len(out) == 40 and set(out) <= set(BYTES)
    with pytest.raises(UnicodeDecodeError):
        out.decode()
    out, _ = run(bytewise, "--length", 20, "--num", 3, "--random-start", "--seed", 1)
    assert len(out) == 62 and set(out) <= {*BYTES, 10}
    out, _ = run(bytewise, "--greedy", "--length", 9, "--prime", r"\x90<\x7f", "--show-prompt")
    assert out == (BYTES * 4)[:12]
    out, _ = run(bytewise, "--greedy", "--length", 0, "--prime", "<", "--stop-after", r"\xff")
    assert out == b"\x7f\xff"
    out, _ = run(bytewise, "--greedy", "--length", 4, "--prime-file", "-", input=b"\x7f\xff")
    assert out == BYTES


@pytest.mark.slow
def test_jsonl_is_valid_utf8_also_for_bytes(bytewise):
    out, err = run(bytewise, "--length", 8, "--jsonl", "--num", 2, "--prime", r"<\x7f\xff", env={"LC_ALL": "C"})
    rows = [json.loads(line) for line in out.decode().splitlines()]
    assert err == b"" and [row["sample"] for row in rows] == [1, 2]
    for row in rows:
        assert list(row) == ["sample", "prompt", "text", "symbols", "seed", "hex"]
        text = bytes.fromhex(row["hex"])
        assert len(text) == row["symbols"] == 8 and text.decode("utf-8", "replace") == row["text"]
        assert row["prompt"] == "<\x7f\ufffd"


def test_bytes_that_the_text_does_not_have_start_nothing(bytewise):
    _, vocabulary = load_models([bytewise / "best.pkl"])
    assert bytes(vocabulary.starters().tolist()) == bytes(sorted(BYTES))
    assert vocabulary.opening()[0] in BYTES


def test_jsonl_has_what_a_script_needs(script, trained):
    how = (trained, "--length", 30, "--jsonl", "--num", 3, "--prime", "The cat\\n", "--stop", ".")
    result = script("sample.py", *how)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.stderr == "" and len(rows) == 3
    assert all(row["prompt"] == "The cat\n" and "." not in row["text"] for row in rows)
    again = script("sample.py", *how, "--seed", rows[0]["seed"])
    assert again.stdout == result.stdout
    alone = json.loads(script("sample.py", trained, "--length", 7, "--jsonl", "--seed", 3).stdout)
    assert alone == {"sample": 1, "prompt": "", "text": alone["text"], "symbols": 7, "seed": 3}
    assert alone["text"] == script("sample.py", trained, "--length", 7, "--seed", 3).stdout


def test_temperature_zero_is_greedy(script, trained):
    zero, greedy = (script("sample.py", trained, "--length", 40, *how) for how in (["--temperature", 0], ["--greedy"]))
    assert zero.stdout == greedy.stdout and len(zero.stdout) == 40


def test_the_prompt_is_shown_where_it_was_asked_for(script, trained, tmp_path):
    plain = script("sample.py", trained, "--length", 9, "--seed", 1, "--prime", "The")
    shown = script("sample.py", trained, "--length", 9, "--seed", 1, "--prime", "The", "--show-prompt")
    assert shown.stdout == "The" + plain.stdout and shown.stderr == ""
    several = script("sample.py", trained, "--length", 9, "--seed", 1, "--prime", "The", "--num", 3)
    assert several.stderr == "The\n" + "".join(f"--- sample {k} of 3 ---\n" for k in (1, 2, 3))
    (tmp_path / "p.txt").write_text("The")
    assert script("sample.py", trained, "--length", 9, "--seed", 1, "--prime-file", "p.txt").stdout == plain.stdout


def test_escapes_are_understood_in_prompts_and_stops(script, trained):
    written = script("sample.py", trained, "--length", 0, "--seed", 1, "--stop", r"\n", "--prime", r"The cat\x20")
    assert written.stderr == "The cat " and "\n" not in written.stdout
    kept = script("sample.py", trained, "--length", 0, "--seed", 1, "--stop-after", "\n", "--prime", "The cat ")
    assert kept.stdout == written.stdout + "\n"


def test_unk_is_written_only_if_asked_for(script, wordwise):
    how = (wordwise, "--length", 300, "--temperature", 5, "--seed", 1)
    assert "<unk>" not in script("sample.py", *how).stdout
    assert "<unk>" in script("sample.py", *how, "--allow-unknown").stdout
    starts = script("sample.py", wordwise, "--random-start", "--length", 1, "--num", 99, "--seed", 1)
    assert "<unk>" not in starts.stdout
    assert choose(np.array([[0.0, 9.0, 1.0]]), None, greedy=True, never=1) == [2]


def test_unknown_words_of_a_prompt_are_counted(script, wordwise, tmp_path):
    result = script("sample.py", wordwise, "--prime", "the gnu sat", "--length", 3)
    assert result.stderr == "1 unknown symbol of the prompt read as <unk>: 'gnu' (line 1, column 5)\nthe gnu sat"
    refused = script("sample.py", wordwise, "--prime", "the gnu sat", "--unknown", "error")
    assert refused.returncode == 2 and "'gnu' (line 1, column 5) is not among" in refused.stderr


def test_a_scored_text_skips_unknown_symbols_and_says_so(script, trained, tmp_path):
    (tmp_path / "t.txt").write_text("The 🎉cat\n🎉")
    refused = script("sample.py", trained, "--score", "t.txt")
    assert refused.returncode == 2 and "'🎉' (2 times, first at line 1, column 5)" in refused.stderr
    skipped = script("sample.py", trained, "--score", "t.txt", "--unknown", "skip")
    assert skipped.stderr.startswith("2 unknown symbols of the text left out") and skipped.stdout.endswith(" 8\n")


def test_probabilities_of_the_next_symbol_and_of_a_text_agree(script, trained):
    lines = script("sample.py", trained, "--prime", "The ca", "--next", 4).stdout.splitlines()
    p, symbol = lines[0].split(maxsplit=1)
    assert len(lines) == 4 and lines == sorted(lines, reverse=True) and symbol[::2] == '""'
    text = script("sample.py", trained, "--prime", "The ca", "--probability", symbol[1]).stdout
    rows = dict(line.rsplit(maxsplit=1) for line in text.splitlines())
    assert rows["symbols"] == "1" and float(rows["probability"]) == pytest.approx(float(p), abs=1e-5)
    assert math.exp(-float(rows["nats in total"])) == pytest.approx(float(p), abs=1e-4)


def test_the_probability_of_a_text_is_the_sum_of_its_parts(script, trained, text_file, tmp_path):
    def nats(*how):
        return float(script("sample.py", trained, *how).stdout.splitlines()[1].split()[-1])

    whole = nats("--prime", "The", "--probability", " cat sat")
    parts = nats("--prime", "The", "--probability", " cat") + nats("--prime", "The cat", "--probability", " sat")
    assert whole == pytest.approx(parts, abs=3e-4)
    (tmp_path / "t.txt").write_text("The cat sat")
    score = float(script("sample.py", trained, "--score", "t.txt").stdout.splitlines()[0].split()[-1])
    assert nats("--probability", "The cat sat") == pytest.approx(11 * score, abs=2e-3)


def test_without_a_model_the_newest_run_writes(script, tmp_path):
    refused = script("sample.py")
    assert refused.returncode == 2 and "train.py TEXT" in refused.stderr and refused.stderr.count("\n") == 1
    (tmp_path / "t.txt").write_text("The cat sat. " * 99)
    assert script("train.py", "t.txt", *TINY).returncode == 0
    result = script("sample.py", "--length", 9)
    assert len(result.stdout) == 9 and result.stderr == "model: runs/t-lstm, the newest run\n"


@pytest.mark.slow
def test_prompts_are_asked_for_and_an_unknown_symbol_ends_nothing(trained):
    out, err = run(trained, "--interactive", "--length", 5, input="The\n🎉\ncat\n".encode())
    assert len(out) == 12 and out[5:6] == out[11:] == b"\n"
    assert "is not among" in err.decode()
