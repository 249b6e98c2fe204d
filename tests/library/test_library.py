"""minrnn as a library: what other programs call, and that they are left as they were."""

import logging
import os
import random
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from conftest import ROOT
from threadpoolctl import threadpool_info

import minrnn
from minrnn import CheckpointError, OptionError
from minrnn.library.keywords import as_options
from minrnn.options.table import ROWS

SMALL = dict(hidden=12, layers=1, batch_size=4, seq_len=8, steps=12, threads=1)


@pytest.fixture(scope="module")
def model(trained):
    return minrnn.load(trained)


@pytest.fixture(scope="module")
def cloze(text_file):
    return minrnn.train(text_file, cell="bigru", **SMALL)


# Training.


def test_training_gives_the_model_of_the_command(script, text_file, tmp_path):
    options = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]
    assert script("train.py", text_file, "--out", "r", "--quiet", *options).returncode == 0
    expected = minrnn.load(tmp_path / "r")
    got = minrnn.train(text_file, **SMALL)
    for name, w in expected.params.items():
        assert w.tobytes() == got.params[name].tobytes()


def test_nothing_is_left_and_nothing_printed_unless_asked(text_file, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    minrnn.train(text_file, **SMALL)
    assert not list(tmp_path.iterdir()) and capfd.readouterr() == ("", "")
    minrnn.train([text_file], out="r", quiet=False, **SMALL)
    out, err = capfd.readouterr()
    assert "a sample" in out and "symbols/s" in err and (tmp_path / "r" / "last.pkl").exists()


def test_a_run_goes_on(text_file, tmp_path):
    minrnn.train(text_file, out=tmp_path / "r", **SMALL)
    minrnn.train(out=tmp_path / "r", resume=True, steps=20, threads=1)
    assert (tmp_path / "r" / "log.csv").read_text().splitlines()[-1].startswith("20,")
    minrnn.train(out=tmp_path / "r", resume=True, threads=1)  # It is over: nothing changes.
    with pytest.raises(OptionError, match="holds a run already"):
        minrnn.train(text_file, out=tmp_path / "r", **SMALL)
    with pytest.raises(OptionError, match="--resume needs the folder of a run"):
        minrnn.train(resume=True)


def test_progress_is_reported_and_can_stop_the_run(text_file):
    rows = []
    minrnn.train(text_file, log_every=3, eval_every=6, on_progress=rows.append, **SMALL)
    assert [row["step"] for row in rows] == [3, 6, 9, 12]
    assert [row.get("val_loss") is not None for row in rows] == [False, True, False, True]
    rows.clear()
    minrnn.train(text_file, log_every=3, on_progress=lambda row: rows.append(row) or row["step"] == 6, **SMALL)
    assert [row["step"] for row in rows] == [3, 6]


def test_an_error_of_a_callback_comes_through(text_file):
    with pytest.raises(ZeroDivisionError):
        minrnn.train(text_file, log_every=3, on_progress=lambda row: 1 / 0, **SMALL)


@pytest.mark.parametrize(
    "keywords, words",
    [
        ({"hiden": 9}, "there is no option hiden \\(did you mean hidden\\?\\)"),
        ({"hidden": "many"}, "--hidden: 'many' is not a whole number"),
        ({"hidden": 0}, "--hidden: '0' is not a whole number, 1 or more"),
        ({"cell": "lstn"}, "--cell: 'lstn' is not one of .*did you mean lstm"),
        ({"quiet": "yes"}, "--quiet: 'yes' is not True or False"),
        ({"sample_style": []}, "--sample-style: an empty list"),
        ({"minutes": 1, "steps": 2}, "--steps and --minutes contradict each other"),
        ({"gru_reset": "before"}, "--gru-reset belongs to --cell gru"),
        ({"list_presets": True}, "there is no option list_presets"),
        ({"list_texts": True}, "there is no option list_texts"),
        ({"text": "nowhere.txt"}, "nowhere.txt does not exist"),
    ],
)
def test_wrong_options_raise_the_line_of_the_command(keywords, words, text_file):
    with pytest.raises(ValueError, match=words):
        minrnn.train(**{"text": text_file} | keywords)


def test_values_may_be_those_of_numpy_and_paths(tmp_path):
    given = {
        "hidden": np.int64(3),
        "lr": np.float32(0.5),
        "out": tmp_path,
        "minutes": 2,
        "seed": None,
        "skip": np.True_,
    }
    got = as_options(ROWS.values(), given)
    assert got == {"hidden": 3, "lr": 0.5, "out": str(tmp_path), "minutes": 2.0, "skip": True}
    assert as_options(ROWS.values(), {"sample_style": ["one", "rows"]}) == {"sample_style": ["one", "rows"]}
    assert as_options(ROWS.values(), {"sample_style": "one,rows"}) == {"sample_style": ["one", "rows"]}


# Writing and scoring.


def test_a_model_writes_what_sample_writes(script, model, trained):
    options = ("--length", 60, "--prime", "the ", "--temperature", 0.7, "--seed", 3)
    expected = script("sample.py", trained, *options).stdout
    how = dict(length=60, prime="the ", temperature=0.7, seed=3)
    assert model.generate(**how) == expected == "".join(model.generate(stream=True, **how))
    assert isinstance(model.generate(20, num=3, seed=1), list) and len(model.generate(20, num=3, seed=1)) == 3
    assert "cat" not in model.generate(300, seed=1, stop="cat")


def test_a_model_fills_in(cloze):
    text = cloze.fill("the c_t sat", seed=1)
    assert re.fullmatch("the c.t sat", text, re.DOTALL)
    assert len(cloze.fill("the c_t", num=2, seed=1)) == 2


def test_a_score_is_that_of_sample(script, model, trained, text_file, tmp_path):
    (tmp_path / "t.txt").write_text(text := text_file.read_text()[:3000])
    table = dict(re.split("  +", line) for line in script("sample.py", trained, "--score", "t.txt").stdout.splitlines())
    score = model.score(text)
    assert f"{score.nats:.4f}" == table["nats a symbol"] and f"{score.bits:.4f}" == table["bits a character"]
    assert f"{score.accuracy:.4f}" == table["accuracy"] and f"{score.perplexity:.4f}" == table["perplexity"]
    assert "".join(symbol for symbol, _ in score.each) == text
    assert np.mean([nats for _, nats in score.each]) == pytest.approx(score.nats)


def test_what_comes_next_has_the_probabilities_of_the_score(model):
    following = model.next("the ca")
    assert sum(p for _, p in following) == pytest.approx(1) and len(following) == len(model.vocabulary)
    assert following == sorted(following, key=lambda pair: -pair[1]) and model.next("the ca", 2) == following[:2]
    *_, (symbol, nats) = model.score("the cat").each
    # A text is scored as if a line end stood before it.
    assert symbol == "t" and dict(model.next("\nthe ca"))["t"] == pytest.approx(np.exp(-nats), rel=1e-4)


def test_a_model_shows_what_it_is(model):
    assert repr(model) == "<minrnn.Model: lstm 1 x 16, 25 symbols>"


def test_what_a_model_cannot_do_is_said(model, cloze):
    for wrong, words in (
        (lambda: model.fill("a_b"), "sees the left side only"),
        (lambda: cloze.next("a"), "fills in what has two sides"),
        (lambda: model.score(""), "empty"),
        (lambda: model.score("漢"), "漢"),
        (lambda: model.generate(lenght=3), "there is no option lenght \\(did you mean length\\?\\)"),
        (lambda: model.generate(3, jsonl=True), "there is no option jsonl"),
        (lambda: model.generate(3, temperature="hot"), "--temperature: 'hot' is not a number"),
        (lambda: model.generate(0), "length=0 has no end"),
        (lambda: model.generate(3, num=2, stream=True), "stream=True is for one text"),
        (lambda: minrnn.load("nowhere.pkl"), "nowhere.pkl cannot be read"),
    ):
        with pytest.raises((OptionError, CheckpointError, ValueError), match=words):
            wrong()


def test_endless_text_is_a_stream(model):
    pieces = model.generate(0, stream=True, seed=1)
    assert len("".join(next(pieces) for _ in range(700))) == 700


# Looking into it.


def test_changed_weights_count_and_are_saved(model, trained, tmp_path):
    mine = minrnn.load(trained)
    mine.params["output.b"][:] = 0
    mine.params["output.b"][5] = 100
    assert mine.generate(4, seed=1) == mine.vocabulary.label(5) * 4 != model.generate(4, seed=1)
    mine.save(tmp_path / "m.pkl")
    assert minrnn.load(tmp_path / "m.pkl").params["output.b"].tobytes() == mine.params["output.b"].tobytes()


def test_names_are_public_and_others_are_not():
    assert set(minrnn.__all__) <= set(dir(minrnn))
    assert all(getattr(minrnn, name) is not None for name in minrnn.__all__)
    with pytest.raises(AttributeError, match="no attribute 'trane'"):
        minrnn.trane  # noqa: B018


# The host.


def test_many_threads_get_what_each_would_get_alone(model, cloze, trained):
    other = minrnn.load(trained)
    other.params["layers.0.Wh"][:] *= 0.5
    work = [
        lambda: model.generate(40, seed=1),
        lambda: other.generate(40, seed=1),
        lambda: model.score("the cat sat on a mat"),
        lambda: model.next("the "),
        lambda: cloze.fill("the c__ sat", seed=2),
    ]
    alone = [call() for call in work]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda k: work[k % 5](), range(100)))
    assert results == [alone[k % 5] for k in range(100)]


def test_the_host_stays_as_it_was(text_file, trained):
    legacy = np.random.get_state

    def state():
        pools = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        return (
            pools, handlers, random.getstate(), legacy()[1].tobytes(), os.getcwd(),
            logging.getLogger().level, sys.stdout, sys.stderr, np.geterr(),
        )  # fmt: skip

    np.zeros((9, 9)) @ np.zeros((9, 9))
    before = state()
    model = minrnn.train(text_file, **SMALL)
    model.generate(20, num=20)
    minrnn.load(trained).score("the cat")
    assert state() == before


@pytest.mark.slow
def test_the_first_character_comes_soon_and_from_any_folder(tmp_path):
    code = (
        "import time; t = time.perf_counter(); import minrnn; m = minrnn.train('python', steps=1, hidden=8, layers=1)"
    )
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}; print(m.generate(1, seed=1))",
    ]
    (tmp_path / "data").mkdir()
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr


# The page.


def test_the_snippets_of_the_page_run(text_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "To be, or not to be, that is the question. It was the nightingale.\n"
    (tmp_path / "shakespeare.txt").write_text(text * 60)
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 6
    namespace = {}
    for block in blocks:
        exec(compile(block, "docs/library.md", "exec"), namespace)
