"""A run that stops in the middle of an epoch and goes on: every cell, optimiser, schedule and way to carry the state.

With dropout on, and on another number of threads after each stop.
"""

from itertools import product
from types import SimpleNamespace

import pytest

from cells import CELLS
from data import CARRIES
from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.training.run import Run
from optim import OPTIMIZERS, SCHEDULES

pytestmark = pytest.mark.slow

STOPS, END = (7, 11), 14
SIZES = dict(
    hidden=6, layers=2, embed=5, dropout=0.3, batch_size=6, seq_len=9, steps=END, val=0.1, shards=3, threads=1,
    quiet=True,
)  # fmt: skip


def train(run, end):
    """Steps, with a validation after every third: a schedule may need it."""
    while run.step < end:
        run.train_step()
        if run.step % 3 == 0:
            run.validate()


def checkpoint_of(options, path, stops):
    """The bytes of the last checkpoint of a run that is stopped after each of these steps and resumed."""
    run = Run(options)
    for threads, stop in enumerate(stops, 2):
        train(run, stop)
        run.save(path)
        saved = checkpoint.load(path)
        run = Run(resolve({"threads": threads, "quiet": True}, saved["config"]["options"]), saved)
    assert 0 < run.step % run.streams.steps_per_epoch or not stops
    train(run, END)
    run.save(path)
    return path.read_bytes()


@pytest.mark.parametrize("cell", CELLS)
def test_with_every_optimizer_schedule_and_carry_the_end_is_the_same_to_the_byte(cell, tmp_path, monkeypatch):
    monkeypatch.setattr("minrnn.training.standing.time", SimpleNamespace(perf_counter=lambda: 0.0))
    text = tmp_path / "t.txt"
    text.write_text("the cat sat on a mat and saw two birds; it sat on. " * 6)
    tried = 0
    for optimizer, schedule, carry in product(OPTIMIZERS, SCHEDULES, CARRIES):
        given = {"cell": cell, "optimizer": optimizer, "schedule": schedule, "carry": carry}
        options = resolve({**SIZES, **given, "text": [str(text)]})
        whole, pieces = (checkpoint_of(options, tmp_path / "a.pkl", stops) for stops in ((), STOPS))
        assert whole == pieces, given
        tried += 1
    print(f"{cell}: {tried} runs stopped twice")
    assert tried >= 4 * 4 * 4


@pytest.mark.parametrize("cell", ["lstm", "bigru"])
def test_with_every_regulariser_the_end_is_the_same_to_the_byte(cell, tmp_path, monkeypatch):
    monkeypatch.setattr("minrnn.training.standing.time", SimpleNamespace(perf_counter=lambda: 0.0))
    text = tmp_path / "t.txt"
    text.write_text("the cat sat on a mat and saw two birds; it sat on. " * 6)
    given = dict(weight_drop=0.4, input_dropout=0.2, embedding_dropout=0.3, activation_reg=2.0, temporal_reg=1.0)
    options = resolve({**SIZES, **given, "cell": cell, "skip": True, "tie_weights": True, "projection": 5,
                       "text": [str(text)]})  # fmt: skip
    whole, pieces = (checkpoint_of(options, tmp_path / "a.pkl", stops) for stops in ((), STOPS))
    assert whole == pieces
