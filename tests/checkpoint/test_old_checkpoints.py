"""Checkpoints of the first version load, keep every byte, and go on to where the code that wrote them went.

`train.py` at commit 0c24098 wrote data/NAME.pkl after 13 or 20 steps on the text below, and data/NAME-later.pkl after
`--resume` and 13 steps more. The files themselves say with which options.
"""

import pickle
from pathlib import Path

import numpy as np
import pytest

from minrnn import checkpoint
from minrnn.checkpoint.pretrained import load_model
from minrnn.options.resolve import resolve
from minrnn.options.table import DEFAULTS, FORMERLY
from minrnn.training.run import Run

DATA = Path(__file__).parent / "data"
NAMES = sorted(path.stem for path in DATA.glob("*.pkl") if "-later" not in path.stem)


@pytest.fixture(scope="module")
def text(text_file, tmp_path_factory):
    """The text of these runs: the first 1,500 characters of the text of all tests."""
    path = tmp_path_factory.mktemp("old") / "cats.txt"
    path.write_bytes(text_file.read_bytes()[:1500])
    return path


def resumed(path, text, **given):
    """The run of a checkpoint, with its text in another place."""
    saved = checkpoint.load(path)
    return Run(resolve({"text": [str(text)], "threads": 1, "quiet": True, **given}, saved["config"]["options"]), saved)


def compare(value, expected, name, close=None):
    """Asserts that trees are equal: arrays and floats to the byte, or within `close` of the largest in their array."""
    assert type(value) is type(expected), name
    if isinstance(expected, dict):
        assert list(value) == list(expected), name
        for key in expected:
            compare(value[key], expected[key], f"{name}.{key}", close)
    elif isinstance(expected, list | tuple):
        assert len(value) == len(expected), name
        for k, pair in enumerate(zip(value, expected)):
            compare(*pair, f"{name}.{k}", close)
    elif isinstance(expected, np.ndarray) and close:
        assert value.shape == expected.shape, name
        np.testing.assert_allclose(value, expected, rtol=0, atol=close * abs(expected).max(initial=0), err_msg=name)
    elif isinstance(expected, np.ndarray):
        assert value.dtype == expected.dtype and value.tobytes() == expected.tobytes(), name
    elif isinstance(expected, float) and close:
        assert value == pytest.approx(expected, rel=close), name
    else:
        assert value == expected, name


def test_there_are_old_checkpoints_of_many_kinds():
    assert NAMES == ["bilstm", "gru", "lnlstm", "lstm", "mixgru", "rnn", "words"]


@pytest.mark.parametrize("name", NAMES)
def test_an_old_checkpoint_keeps_every_byte(name, text, tmp_path, monkeypatch):
    """What is loaded is what plain pickle reads, and what a run saves at once is what it loaded.

    Options that are younger than the file do what was done without them.
    """
    path = DATA / f"{name}.pkl"
    expected = pickle.loads(path.read_bytes())
    compare(checkpoint.load(path), expected, "loaded")
    model, vocabulary = load_model(path)
    assert len(vocabulary) == model.config["V"]
    compare(model.weights(), expected["weights"], "weights")

    run = resumed(path, text)
    run.save(tmp_path / "again.pkl")
    again = checkpoint.load(tmp_path / "again.pkl")
    assert 0 <= again["progress"].pop("seconds") - expected["progress"].pop("seconds") < 60
    again["config"]["options"]["text"] = expected["config"]["options"]["text"]
    for part in ("model", "options"):
        before = DEFAULTS | FORMERLY
        new = again["config"][part].keys() - expected["config"][part].keys()
        assert {name: again["config"][part].pop(name) for name in new} == {name: before[name] for name in new}
    compare(again, expected, "saved again")


@pytest.mark.parametrize("name", NAMES)
def test_an_old_checkpoint_goes_on_to_where_the_old_code_went(name, text, tmp_path, close=1e-5):
    """To the byte on the machine that wrote them. Other processors round differently: by 3e-6 at most, in trials."""
    later = checkpoint.load(DATA / f"{name}-later.pkl")
    end, every = later["progress"]["step"], later["config"]["options"]["eval_every"]
    run = resumed(DATA / f"{name}.pkl", text, steps=end)
    assert run.step == end - 13
    while run.step < end:
        run.train_step()
        if len(run.corpus.held_out) and (run.step == end or run.step % every == 0):
            run.validate()
    run.save(tmp_path / "end.pkl")
    saved = checkpoint.load(tmp_path / "end.pkl")
    for part in ("weights", "optimizer", "rng"):
        compare(saved[part], later[part], part, close)
    # The log's totals begin again with every row, and there is no log here.
    for each in ("seconds", "row_totals"):
        del saved["progress"][each], later["progress"][each]
    compare(saved["progress"], later["progress"], "progress", close)
