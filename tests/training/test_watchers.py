"""What watches a run is told of everything once and in order, and what is saved is saved once."""

import signal

import numpy as np
import pytest
from runs import steps_logged

from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.training.run import DivergedError, Run
from minrnn.training.trainer import Trainer
from minrnn.training.watcher import Watcher

SMALL = dict(hidden=8, batch_size=6, seq_len=7, sample_every=0, threads=1, quiet=True, eval_every=3, log_every=2)


class Listener(Watcher):
    """Remembers what it was told."""

    def __init__(self):
        self.told = []

    def begin(self, run):
        self.told.append(("begin", run.step))

    def step(self, run, row, over):
        self.told.append((run.step, sorted(row.keys() & {"train_loss", "val_loss"}) if row else None, over))

    def end(self, run):
        self.told.append(("end", run.step))


@pytest.fixture
def trainer(text_file, tmp_path):
    """trainer(option=value): of a small new run, with a Listener as its last watcher."""

    def make(**given):
        made = Trainer(Run(resolve({**SMALL, "text": [str(text_file)], **given})), tmp_path)
        made.watchers.append(Listener())
        return made

    return make


def test_a_watcher_is_told_of_every_step_and_of_what_was_measured(trainer):
    watched = trainer(steps=4)
    watched.train()
    assert watched.watchers[-1].told == [
        ("begin", 0),
        (1, None, False),
        (2, ["train_loss"], False),
        (3, ["train_loss", "val_loss"], False),
        (4, ["train_loss", "val_loss"], True),
        ("end", 4),
    ]


def test_going_back_is_a_new_beginning(trainer, monkeypatch):
    train_step = Run.train_step

    def diverging(run):
        if run.step == 3 and not run.rollbacks:
            raise DivergedError("the loss is nan")
        train_step(run)

    monkeypatch.setattr(Run, "train_step", diverging)
    watched = trainer(steps=4, on_nan="rollback", val=0.0)
    watched.train()
    told = [words[0] for words in watched.watchers[-1].told]
    assert told == ["begin", 1, 2, 3, "begin", 1, 2, 3, 4, "end"]


def test_the_end_is_told_after_an_error_too(trainer, monkeypatch):
    watched = trainer(steps=4)
    monkeypatch.setattr(watched.log, "add", lambda row: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        watched.train()
    assert watched.watchers[-1].told == [("begin", 0), (1, None, False), ("end", 2)]


def test_a_run_of_one_step_is_encoded_twice(trainer, tmp_path, monkeypatch):
    """At the beginning, and at the end: its best and its last checkpoint are the same."""
    save, saved = Run.save, []
    monkeypatch.setattr(Run, "save", lambda run, path: (saved.append(path.name), save(run, path)))
    trainer(steps=1).train()
    assert saved == ["last.pkl", "best.pkl"]
    assert (tmp_path / "last.pkl").read_bytes() == (tmp_path / "best.pkl").read_bytes()
    assert checkpoint.load(tmp_path / "last.pkl")["progress"]["step"] == 1


def test_what_was_not_saved_is_saved_when_a_signal_stops_the_run(trainer, tmp_path, monkeypatch):
    watched, train_step = trainer(steps=9, eval_every=0), Run.train_step

    def interrupted(run):
        train_step(run)
        if run.step == 5:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Run, "train_step", interrupted)
    assert watched.train() == signal.SIGINT
    saved = checkpoint.load(tmp_path / "last.pkl")
    assert saved["progress"]["step"] == 5 and steps_logged(tmp_path) == [2, 4]
    np.testing.assert_array_equal(saved["weights"]["output.b"], watched.run.model.weights()["output.b"])
