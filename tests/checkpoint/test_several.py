"""Several checkpoints work as one model, or one line says why they cannot."""

import pytest
from conftest import assert_refused
from programs import run_in_process


@pytest.fixture(scope="module")
def runs(text_file, tmp_path_factory):
    """A folder with small runs of different cells, sizes and vocabularies: {name of the folder: options}."""
    place = tmp_path_factory.mktemp("several")
    (place / "more.txt").write_text(text_file.read_text() + "?!")
    kinds = {
        "lstm": [text_file], "gru": [text_file, "--cell", "gru", "--hidden", 12, "--embed", 5],
        "bi": [text_file, "--cell", "bigru"], "bi2": [text_file, "--cell", "bilstm", "--hidden", 12],
        "lower": [text_file, "--lowercase"], "more": ["more.txt"], "word": [text_file, "--level", "word"],
    }  # fmt: skip
    for name, (text, *options) in kinds.items():
        options = ("--steps", 20, "--quiet", "--hidden", 16, *options, "--seed", len(name), "--out", name)
        assert run_in_process("train.py", text, *options, cwd=place).returncode == 0
    return place


def nats(result):
    assert result.returncode == 0, result.stderr
    return float(result.stdout.split()[3])


@pytest.mark.parametrize("names", [("lstm", "gru"), ("bi", "bi2")])
def test_a_score_of_two_models_is_better_than_the_mean_of_their_scores(names, runs, text_file):
    alone = [nats(run_in_process("sample.py", name, "--score", text_file, cwd=runs)) for name in names]
    together = nats(run_in_process("sample.py", *names, "--score", text_file, cwd=runs))
    assert together < sum(alone) / 2  # by Jensen's inequality


def test_two_models_write_together(runs):
    one = run_in_process("sample.py", "lstm", "gru", "--length", 40, "--seed", 1, cwd=runs)
    assert len(one.stdout) == 40
    several = run_in_process("sample.py", "lstm", "gru", "--length", 40, "--seed", 1, "--num", 3, cwd=runs)
    assert len(several.stdout) == 3 * 40 + 2
    filled = run_in_process("sample.py", "bi", "bi2", "--fill", "The c_t s_t", "--seed", 1, cwd=runs)
    assert len(filled.stdout) == 11 and filled.stdout.startswith("The c")
    assert len(run_in_process("sample.py", "bi", "bi2", "--length", 30, "--seed", 1, cwd=runs).stdout) == 30


@pytest.mark.parametrize(
    "names, words",
    [
        (["lstm", "more"], ["lstm/best.pkl and more/best.pkl", "only the second one knows '!' and 1 more"]),
        (["more", "lstm"], ["more/best.pkl and lstm/best.pkl", "only the first one knows '!' and 1 more"]),
        (["lstm", "gru", "word"], ["lstm/best.pkl and word/best.pkl", "level char", "word"]),
        (["lstm", "lower"], ["lstm/best.pkl and lower/best.pkl", "lowercase False", "True"]),
        (["lstm", "bi"], ["lstm/best.pkl and bi/best.pkl", "one of them is bidirectional"]),
        (["lstm", "nowhere"], ["nowhere"]),
    ],
)
def test_models_that_cannot_work_together_are_refused_in_one_line(names, words, runs):
    assert_refused(run_in_process("sample.py", *names, "--length", 5, cwd=runs), *words)
