"""sample.py as a user sees it: what it writes, and how it refuses bad input."""

import subprocess

import pytest
from conftest import assert_refused
from programs import command_line, run_in_process


def test_stdout_has_the_generated_text_and_nothing_else(script, trained):
    result = script("sample.py", trained / "best.pkl", "--length", 77, "--prime", "The cat", "--seed", 3)
    assert result.returncode == 0
    assert len(result.stdout) == 77
    assert result.stderr == "The cat"
    again = script("sample.py", trained / "best.pkl", "--length", 77, "--prime", "The cat", "--seed", 3)
    assert again.stdout == result.stdout


def test_several_samples_are_separated(script, trained):
    result = script("sample.py", trained / "best.pkl", "--length", 20, "--num", 3, "--seed", 3, "--top-k", 4)
    assert len(result.stdout) == 3 * 20 + 2
    assert result.stderr.count("sample") == 3


def test_a_stop_string_ends_the_text(script, trained):
    result = script("sample.py", trained / "best.pkl", "--length", 500, "--stop", " ", "--seed", 3)
    assert " " not in result.stdout
    assert len(result.stdout) < 500


@pytest.mark.slow
def test_endless_output_ends_when_nobody_reads_it(script, trained):
    command = command_line("sample.py", [trained, "--length", 0])
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert len(process.stdout.read(5000)) == 5000
        process.stdout.close()
        assert process.wait(20) == 0
        assert process.stderr.read() == b""


def test_score_prints_nats_bits_and_perplexity(script, trained, text_file, tmp_path):
    result = script("sample.py", trained / "best.pkl", "--score", text_file)
    rows = dict(line.rsplit(maxsplit=1) for line in result.stdout.splitlines())
    reset = "nats, reset every 256 symbols"
    assert list(rows) == ["nats a symbol", "bits a character", "perplexity", "accuracy", reset, "symbols"]
    assert float(rows[reset]) > float(rows["nats a symbol"])
    assert int(rows["symbols"]) == 6000
    (tmp_path / "noise.txt").write_text(text_file.read_text()[::-1])
    noise = script("sample.py", trained / "best.pkl", "--score", "noise.txt")
    assert float(noise.stdout.split()[3]) > float(rows["nats a symbol"])


def test_dynamic_evaluation_learns_a_new_name_and_forgets_it(script, trained, tmp_path):
    """The name is made of known letters. The checkpoint stays the same, and so does the static number."""
    sentences = [
        "Sandor saw the cat.",
        "The cat saw Sandor.",
        "Then Sandor sat on a mat.",
        "It saw two birds and Sandor.",
    ]
    (tmp_path / "t.txt").write_text("\n".join(sentences * 60))
    before = (trained / "best.pkl").read_bytes()
    alone = script("sample.py", trained, "--score", "t.txt").stdout.splitlines()
    result = script("sample.py", trained, "--score", "t.txt", "--dynamic")
    assert result.returncode == 0, result.stderr
    heading, nats, *rows = result.stdout.splitlines()
    assert heading.split() == ["static", "dynamic"]
    static, learning = map(float, nats.split()[-2:])
    assert nats.startswith(alone[0]) and learning < static - 0.05
    assert [row.split()[0] for row in rows] == ["bits", "perplexity", "accuracy", "nats,", "symbols"]
    assert rows[-2:] == alone[-2:]
    assert (trained / "best.pkl").read_bytes() == before
    further = script(
        "sample.py", trained, "--score", "t.txt", "--dynamic", "--dynamic-rate", 2e-3, "--dynamic-segment", 9
    )
    assert float(further.stdout.splitlines()[1].split()[-1]) < static - 0.3


def test_dynamic_evaluation_says_what_to_do_where_the_training_text_is_not_found(script, trained, text_file, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text(text_file.read_text())
    assert script("train.py", "text.txt", "--steps", 5, "--quiet", "--hidden", 8, "--out", "r").returncode == 0
    score = ("sample.py", "r", "--score", text_file, "--dynamic")
    found = script(*score)
    assert found.returncode == 0, found.stderr
    text.write_text(text_file.read_text() + "The cat.")
    cure = "name that text, or one like it, by --dynamic-text"
    assert_refused(script(*score), "text.txt is not the text this run began with", cure)
    text.unlink()
    assert_refused(script(*score), "text.txt does not exist", cure)
    # Another text has other statistics: the static column stays, and the dynamic one hardly changes.
    other = script(*score, "--dynamic-text", text_file)
    static, learning = zip(*[result.stdout.splitlines()[1].split()[-2:] for result in (found, other)])
    assert static[0] == static[1]
    assert float(learning[0]) == pytest.approx(float(learning[1]), abs=0.02)
    assert_refused(script(*score, "--dynamic-text", "nowhere.txt"), "nowhere.txt does not exist")
    (tmp_path / "empty.txt").touch()
    assert_refused(script(*score, "--dynamic-text", "empty.txt"), "too short")


BAD_SAMPLES = {
    "unknown symbol": (["--prime", "🎉"], ["🎉", "symbols this model knows"]),
    "greedy and temperature": (["--greedy", "--temperature", 2], ["--greedy", "--temperature"]),
    "temperature zero and top-k": (["--temperature", 0, "--top-k", 3], ["--temperature 0", "leave out --top-k"]),
    "a stop that cannot come": (["--length", 0, "--stop", r"\t"], ["--stop", "can never come", "'\\t'"]),
    "two stops": (["--stop", "a", "--stop-after", "b"], ["--stop and --stop-after", "give one"]),
    "two prompts": (["--prime", "a", "--prime-file", "f"], ["--prime and --prime-file", "give one"]),
    "half a character": (["--prime", r"\ud83d"], [r"\ud83d", "no character"]),
    "endless JSON": (["--jsonl", "--length", 0], ["--jsonl", "--length"]),
    "JSON and the prompt": (["--jsonl", "--show-prompt", "--prime", "a"], ["--jsonl", "--show-prompt"]),
    "no prompt to show": (["--show-prompt"], ["--show-prompt", "--prime"]),
    "next and stop": (["--next", 3, "--stop", "a"], ["--next", "leave out --stop"]),
    "no <unk> to allow": (["--allow-unknown"], ["--allow-unknown", "leave it out"]),
    "an encoding of nothing": (["--encoding", "latin-1"], ["--encoding", "--prime-file"]),
    "unknown symbols of a probability": (["--probability", "a🎉\n🎉"], ["'🎉' (2 times, first at line 1, column 2)"]),
    "top-p of two": (["--top-p", 2], ["--top-p"]),
    "endless and many": (["--length", 0, "--num", 2], ["--length 0", "--num"]),
    "greedy and many": (["--greedy", "--num", 2], ["--greedy", "--num"]),
    "score and write": (["--score", __file__, "--length", 5], ["--score", "--length"]),
    "two beginnings": (["--random-start", "--prime", "The"], ["--random-start", "--prime", "give one"]),
    "an empty stop": (["--stop", ""], ["--stop", "empty"]),
    "a rate without --dynamic": (
        ["--score", __file__, "--dynamic-rate", 4e-4],
        ["--dynamic-rate", "--dynamic; give both"],
    ),
    "dynamic without a text": (["--dynamic"], ["--dynamic", "--score FILE"]),
    "dynamic segments of nothing": (["--score", __file__, "--dynamic", "--dynamic-segment", 0], ["--dynamic-segment"]),
    "a dynamic score of two models": (["/", "--score", __file__, "--dynamic"], ["--dynamic", "one model"]),
    "missing text to score": (["--score", "nowhere.txt"], ["nowhere.txt"]),
}


@pytest.mark.parametrize("arguments, words", BAD_SAMPLES.values(), ids=BAD_SAMPLES)
def test_bad_sampling_is_refused_in_one_line(arguments, words, script, trained):
    assert_refused(script("sample.py", trained / "best.pkl", *arguments), *words)


def test_a_file_that_is_no_checkpoint_is_refused_in_one_line(script, text_file, tmp_path):
    assert_refused(script("sample.py", text_file), "not a minrnn checkpoint", "train.py")
    assert_refused(script("sample.py", "nowhere.pkl"), "nowhere.pkl", "cannot be read")
    assert_refused(script("sample.py", tmp_path), "folder without a run", "train.py")
    assert_refused(script("sample.py", "/dev/zero"), "cannot be read")
    (tmp_path / "last.pkl").write_text("A text file.")
    assert_refused(script("train.py", "--resume", "--out", tmp_path), "not a minrnn checkpoint")


def test_the_folder_of_a_run_stands_for_its_best_checkpoint(script, trained):
    arguments = ("--length", 50, "--seed", 3)
    assert (
        script("sample.py", trained, *arguments).stdout == script("sample.py", trained / "best.pkl", *arguments).stdout
    )


def test_random_starts_differ_and_count_towards_the_length(script, trained):
    result = script("sample.py", trained, "--random-start", "--num", 8, "--length", 6, "--seed", 2, "--greedy")
    samples = [result.stdout[k : k + 6] for k in range(0, len(result.stdout), 7)]
    assert len(samples) == 8 and len({s[0] for s in samples}) > 3
    alone = script("sample.py", trained, "--random-start", "--length", 6, "--seed", 2)
    assert len(alone.stdout) == 6


@pytest.fixture(scope="module")
def bidirectional(text_file, tmp_path_factory):
    """The folder of a small bidirectional run."""
    place = tmp_path_factory.mktemp("runs")
    options = "--cell bigru --steps 150 --quiet --hidden 24 --seq-len 20 --lr 0.02 --out both".split()
    assert run_in_process("train.py", text_file, *options, cwd=place).returncode == 0
    return place / "both"


def test_blanks_are_filled_and_the_rest_stays(script, bidirectional):
    result = script("sample.py", bidirectional, "--fill", "The c_t sat on a m_t.", "--greedy", "--seed", 1)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "The cat sat on a mat."
    assert result.stderr == ""
    several = script("sample.py", bidirectional, "--fill", "th_ _at", "--num", 3, "--seed", 1)
    lines = several.stdout.split("\n")
    assert len(lines) == 3 and all(line[:2] == "th" and line[3] == " " and line[5:] == "at" for line in lines)


def test_a_bidirectional_model_writes_and_scores(script, bidirectional, text_file):
    result = script("sample.py", bidirectional, "--length", 40, "--prime", "The ", "--seed", 1)
    assert result.returncode == 0 and len(result.stdout) == 40
    again = script("sample.py", bidirectional, "--length", 40, "--prime", "The ", "--seed", 1, "--sweeps", 0)
    assert again.stdout != result.stdout
    score = script("sample.py", bidirectional, "--score", text_file)
    assert "symbols           6000" in score.stdout
    assert float(score.stdout.split()[3]) < 1


BAD_FILLS = {
    "no blank": (["--fill", "The cat"], ["no blank", "_"]),
    "an unknown symbol": (["--fill", "_ 🎉"], ["🎉", "symbols this model knows"]),
    "a prime too": (["--fill", "_", "--prime", "x"], ["--fill", "leave out --prime"]),
    "a length too": (["--fill", "_", "--length", 5], ["--fill", "leave out --length"]),
    "endless": (["--length", 0], ["--length 0", "bidirectional", "give a --length"]),
}


@pytest.mark.parametrize("arguments, words", BAD_FILLS.values(), ids=BAD_FILLS)
def test_what_a_bidirectional_model_cannot_do_is_refused_in_one_line(arguments, words, script, bidirectional):
    assert_refused(script("sample.py", bidirectional, *arguments), *words)


def test_dynamic_evaluation_is_not_for_a_bidirectional_model(script, bidirectional, text_file):
    assert_refused(script("sample.py", bidirectional, "--score", text_file, "--dynamic"), "--dynamic", "cell bigru")


def test_fill_and_sweeps_need_a_bidirectional_model(script, trained):
    assert_refused(script("sample.py", trained, "--fill", "The c_t"), "--fill", "cell lstm", "--cell bilstm")
    assert_refused(script("sample.py", trained, "--sweeps", 3), "--sweeps", "cell lstm")
