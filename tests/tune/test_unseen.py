"""The end of the text that no trial sees: how it is cut off, and what is said about it."""

import gzip
import json
from types import SimpleNamespace

import numpy as np
import pytest

from data import Text, TextError
from minrnn.options.rates import LEARNING_RATES
from minrnn.rundir.folder import BEST
from minrnn.system.lock import Lock
from minrnn.training.corpus import Corpus
from minrnn.training.run import Run
from minrnn.tune.unseen import SEEN, UNSEEN, compare, cut, scored, verdict


def parts(folder):
    return (folder / SEEN).read_bytes(), (folder / UNSEEN).read_bytes()


def test_the_cut_is_at_the_end_of_a_line(tmp_path):
    (tmp_path / "t.txt").write_text("seven..\n" * 100)
    options = cut([str(tmp_path / "t.txt")], "utf-8", "char", 0.103, tmp_path)
    assert options == {"text": [str(tmp_path / SEEN)], "encoding": "utf-8"}
    seen, unseen = parts(tmp_path)
    assert (len(seen), len(unseen)) == (720, 80) and seen + unseen == b"seven..\n" * 100


def test_a_text_in_one_line_is_cut_between_characters_and_bytes_anywhere(tmp_path):
    (tmp_path / "t.txt").write_text("\u2603" * 100)
    for level, length in (("char", 273), ("byte", 272)):
        folder = tmp_path / level
        folder.mkdir()
        cut([str(tmp_path / "t.txt")], "utf-8", level, 0.0933, folder)
        assert len(parts(folder)[0]) == length


def test_several_files_in_any_encoding_become_one_text(tmp_path):
    (tmp_path / "a.txt").write_bytes("\xe4\n".encode("latin-1") * 50)
    (tmp_path / "b.gz").write_bytes(gzip.compress("\xf6\r\n".encode("latin-1") * 50))
    cut([str(tmp_path / name) for name in ("a.txt", "b.gz")], "latin-1", "char", 0.1, tmp_path)
    seen, unseen = (part.decode() for part in parts(tmp_path))
    assert seen + unseen == "\xe4\n" * 50 + "\xf6\n" * 50 and len(unseen) == 20


def test_files_that_are_there_are_left_alone(tmp_path):
    (tmp_path / "t.txt").write_text("line\n" * 100)
    (tmp_path / SEEN).write_text("here")
    cut([str(tmp_path / "t.txt")], "utf-8", "char", 0.1, tmp_path)
    assert parts(tmp_path)[0] == b"here"


@pytest.mark.parametrize("content, share", [("", 0.5), ("ab", 0.1), ("a", 0.9)])
def test_a_text_too_short_is_refused(content, share, tmp_path):
    (tmp_path / "t.txt").write_text(content)
    with pytest.raises(TextError, match=r"too short for --test-share|is empty"):
        cut([str(tmp_path / "t.txt")], "utf-8", "char", share, tmp_path)


def test_the_score_is_that_of_sample_py_and_leaves_unknown_symbols_out(trained, tmp_path, script):
    text = "The cat saw two birds.\n" * 5
    (tmp_path / "t.txt").write_text(text)
    score = scored(trained / BEST, tmp_path / "t.txt")
    printed = script("sample.py", trained, "--score", tmp_path / "t.txt").stdout
    assert f"{score.nats.mean():.4f}" in printed and f"{score.bits:.4f}" in printed
    (tmp_path / "u.txt").write_text(text.replace("birds", "bird\u2603s"))
    np.testing.assert_allclose(scored(trained / BEST, tmp_path / "u.txt").nats, score.nats, rtol=1e-5)


def test_the_verdict_has_the_sign_and_the_error():
    assert (
        verdict(np.full(250, 0.5)) == "the best is 0.5000 nats a symbol better than the default (standard error 0.0000)"
    )
    noisy = np.repeat([0.0, -1.0, 0.0, -1.0], 100)
    assert verdict(noisy) == "the best is 0.5000 nats a symbol worse than the default (standard error 0.2887)"
    assert verdict(np.array([0.1, 0.3])) == "the best is 0.2000 nats a symbol better than the default"


def test_a_comparison_that_was_stopped_goes_on(text_file, tmp_path, monkeypatch, capsys):
    fixed = {"hidden": 4, "layers": 1, "batch_size": 4, "seq_len": 8, "threads": 1, "steps": 6}
    fixed |= cut([str(text_file)], "utf-8", "char", 0.1, tmp_path)
    best, outer = SimpleNamespace(number=7, params={"lr": 0.01}), SimpleNamespace(signal=None)
    train_step = Run.train_step

    def step(run):
        train_step(run)
        if run.step == 4:
            outer.signal = 2

    def results():
        found = {path.parent.name: json.loads(path.read_text()) for path in tmp_path.glob("*/result.json")}
        return {name: (one["step"], one["finished"], one["options"]["lr"]) for name, one in found.items()}

    with monkeypatch.context() as patch:
        patch.setattr(Run, "train_step", step)
        compare(best, fixed, tmp_path, outer)
    assert capsys.readouterr().out == "" and results() == {"best-0007": (4, False, 0.01)}
    outer.signal = None
    compare(best, fixed, tmp_path, outer)
    assert results() == {"best-0007": (6, True, 0.01), "default": (6, True, LEARNING_RATES["adam"])}
    out = capsys.readouterr().out
    assert "which no trial saw" in out and out.count("default") == 2
    # Only one process does it.
    with Lock(tmp_path):
        compare(best, fixed, tmp_path, outer)
    captured = capsys.readouterr()
    assert captured.out == "" and "another process trains the best and the default anew" in captured.err


@pytest.mark.slow
def test_a_search_never_sees_the_end_and_scores_best_and_default_on_it(process, tmp_path):
    pytest.importorskip("optuna")
    (tmp_path / "t.txt").write_text("the cat sat on the mat.\n" * 90 + "the dog ran XYZ.\n" * 20)
    options = ["--trials", 2, "--study", "s", "--space", "lr=log:1e-3:1e-2", "--hidden", 8, "--layers", 1,
               "--steps", 20, "--batch-size", 4, "--seq-len", 8, "--eval-every", 5, "--threads", 1,
               "--test-share", 0.1]  # fmt: skip
    first = process("minrnn.tune", "t.txt", *options)
    assert first.returncode == 0, first.stderr
    _, _, table = first.stdout.partition("which no trial saw:\n")
    head, best, default, words = table.splitlines()
    assert head.split() == ["loss", "bits/char", "accuracy"]
    assert [best.split()[0], default.split()[0]] == ["best", "default"]
    difference = float(default.split()[1]) - float(best.split()[1])
    assert float(words.split()[3]) == pytest.approx(abs(difference), abs=2e-4)
    unseen = Text([str(tmp_path / "s" / UNSEEN)])
    assert "XYZ" in (tmp_path / "s" / UNSEEN).read_text() and len(unseen.files) == 1
    runs = sorted(path.name for path in (tmp_path / "s").iterdir() if path.is_dir())
    assert len(runs) == 4 and runs[1:] == ["default", "trial-0000", "trial-0001"] and runs[0].startswith("best-000")
    results = [json.loads((tmp_path / "s" / run / "result.json").read_text()) for run in runs]
    assert {result["step"] for result in results} == {20}
    assert results[0]["options"]["lr"] != results[1]["options"]["lr"] == LEARNING_RATES["adam"]
    monkeyed = results[2]["options"] | {"text": [str(tmp_path / "s" / SEEN)]}
    assert {result["text"]["sha256"] for result in results} == {Corpus(monkeyed).digest["sha256"]}
    # Nothing is trained a second time.
    before = {run: (tmp_path / "s" / run / "last.pkl").read_bytes() for run in runs}
    again = process("minrnn.tune", "t.txt", *options)
    assert again.returncode == 0 and again.stdout == first.stdout
    assert before == {run: (tmp_path / "s" / run / "last.pkl").read_bytes() for run in runs}
    other = process("minrnn.tune", "t.txt", *options[:-1], 0.2)
    assert other.returncode == 2 and "another options" in other.stderr and len(other.stderr.splitlines()) == 1
