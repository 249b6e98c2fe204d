"""A new run that starts from a trained model, on another text, whose symbols may be new."""

import re

import numpy as np
import pytest
from conftest import assert_refused
from runs import TINY

from cells import CELLS
from data import LEVELS, Text, UnknownSymbol, WordVocabulary
from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.options.table import structural
from minrnn.system.errors import OptionError
from minrnn.training.run import Run

SMALL = dict(hidden=7, batch_size=4, seq_len=8, steps=20, shards=1, threads=1, quiet=True)
OLD, NEW = "the cat sat on a mat and saw two birds. " * 20, "Ein Vögelchen saß auf der Matte. " * 20


@pytest.fixture
def begun(tmp_path):
    """(the checkpoint of a run on OLD with these options after three steps, a run on NEW that starts from it)."""

    def make(given=None, **more):
        for name, text in (("old.txt", OLD), ("new.txt", NEW)):
            (tmp_path / name).write_text(text)
        run = Run(resolve({**SMALL, "text": [str(tmp_path / "old.txt")], **more}))
        for _ in range(3):
            run.train_step()
        run.save(tmp_path / "m.pkl")
        saved = checkpoint.load(tmp_path / "m.pkl")
        given = {"quiet": True, "steps": 9, "threads": 1, "shards": 1, "batch_size": 4, "seq_len": 8} | (given or {})
        given |= {"text": [str(tmp_path / "new.txt")], "init_from": str(tmp_path / "m.pkl")}
        return saved, Run(resolve(given, start=saved["config"]["options"]))

    return make


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(
    "more", [{}, {"embed": 5}, {"embed": 14, "tie_weights": True}], ids=["one-hot", "rows", "tied"]
)
def test_every_model_predicts_its_known_symbols_as_before(cell, more, begun):
    if more.get("tie_weights"):
        more = more | {"embed": 14 if cell in ("birnn", "bigru", "bilstm") else 7}
    saved, run = begun(cell=cell, **more)
    old, known = saved["vocab"]["symbols"], run.known
    assert known == len(old) < len(run.corpus.vocabulary)
    assert run.corpus.vocabulary.symbols[:known] == old
    before = Run(saved["config"]["options"] | {"threads": 1}, saved).model
    x = np.random.default_rng(0).integers(0, known, (9, 2))
    logits, _ = before.forward(x)
    now, _ = run.model.forward(x)
    assert np.allclose(now[:, :, :known], logits, rtol=1e-5, atol=1e-6)
    assert np.isfinite(now).all()
    run.train_step()


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_grows_and_reads_back_its_text(level, begun, tmp_path):
    _, run = begun(level=level)
    vocabulary = run.corpus.vocabulary
    ids, _ = vocabulary.encode_text(Text([str(tmp_path / "new.txt")]))
    assert vocabulary.decode(ids.tolist()) == NEW
    assert (len(vocabulary) > run.known) == (level != "byte")
    run.train_step()
    run.save(tmp_path / "n.pkl")
    again = checkpoint.load(tmp_path / "n.pkl")
    assert Run(resolve({"threads": 1, "quiet": True}, again["config"]["options"]), again).step == 1


def test_the_structure_comes_from_the_model_and_the_rest_from_the_user(begun):
    saved, run = begun({"dropout": 0.3, "lr": 0.01}, cell="gru", gru_reset="before", hidden=9, embed=6, lowercase=True)
    assert structural(run.options) == structural(saved["config"]["options"])
    assert (run.options["gru_reset"], run.options["dropout"], run.options["lr"]) == ("before", 0.3, 0.01)
    assert run.step == 0 and run.optimizer.steps == 0


def test_a_contradiction_to_the_model_is_refused(begun):
    with pytest.raises(OptionError, match="--hidden 9 contradicts the model of --init-from, which has 7; leave it out"):
        begun({"hidden": 9})
    with pytest.raises(OptionError, match="--level word contradicts"):
        begun({"level": "word"})
    begun({"hidden": 7})


def test_the_averaged_weights_are_the_start(begun):
    saved, run = begun(ema=0.5)
    assert run.model.weights()["layers.1.Wh"].tobytes() == saved["weights"]["layers.1.Wh"].tobytes()
    assert run.average is None


def test_a_vocabulary_grows_up_to_the_size_that_was_asked_for(tmp_path):
    (tmp_path / "t.txt").write_text("b b b c c d a a a a")
    text = Text([str(tmp_path / "t.txt")])
    few = WordVocabulary(["<unk>", "a", " "], tokenised=False)
    assert few.grown(text, 4).symbols == ["<unk>", "a", " ", "b"]
    assert few.grown(text, 3).symbols == few.symbols == few.grown(text, 2).symbols
    all_known = WordVocabulary(["a", " "])
    assert all_known.grown(text).symbols == ["a", " ", "b", "c", "d"]
    assert all_known.grown(text, 4).symbols == ["a", " ", "<unk>", "b"]
    with pytest.raises(UnknownSymbol):
        all_known.encode("b")


def test_on_the_command_line(script, text_file, trained, tmp_path):
    (tmp_path / "new.txt").write_text(text_file.read_text()[:3000] + "Zwölf Öfen!\n" * 50)
    options = ("--steps", 4, "--batch-size", 4, "--seq-len", 8, "--eval-every", 2)
    result = script("train.py", "new.txt", "--init-from", trained, *options, "--out", "r")
    assert result.returncode == 0, result.stderr
    assert f"start: {trained}, with its " in result.stderr
    assert re.search(r"and \d new ones: '!' .*'Z' .*'Ö' 'ö'", result.stderr)
    assert "lstm 1 x 16" in result.stderr
    assert script("train.py", "--resume", "r", "--steps", 6, "--quiet").returncode == 0
    refused = script("train.py", "--resume", "r", "--init-from", "other", "--quiet")
    assert_refused(refused, "--init-from other contradicts the run to resume")
    assert_refused(script("train.py", "new.txt", "--init-from", "nowhere"), "nowhere cannot be read")
    assert_refused(script("train.py", "new.txt", "--init-from", trained, *TINY), "contradicts the model of --init-from")


def test_the_model_is_read_once(script, text_file, trained, monkeypatch):
    read, load = [], checkpoint.load
    monkeypatch.setattr(checkpoint, "load", lambda path, **how: (read.append(path), load(path, **how))[1])
    options = ("--steps", 1, "--batch-size", 4, "--seq-len", 8, "--quiet", "--out", "r")
    assert script("train.py", text_file, "--init-from", trained, *options).returncode == 0
    assert read == [trained / "best.pkl"]
