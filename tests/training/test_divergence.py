"""A run whose numbers are not finite says so when it stops, and never saves them."""

import math

import numpy as np
import pytest
from runs import TINY, steps_logged

from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.rundir.folder import kept
from minrnn.training.run import DivergedError, Run
from minrnn.training.trainer import ROLLBACKS, Trainer

SMALL = dict(
    hidden=8, batch_size=6, seq_len=7, steps=20, log_every=2, eval_every=4, sample_every=0, threads=1, quiet=True
)


@pytest.fixture
def run(text_file):
    return lambda **given: Run(resolve({**SMALL, "text": [str(text_file)], **given}))


def spoil(monkeypatch, name, step, value=math.nan):
    """After this step, the model of a run, its optimiser or its hidden state has one number that is not finite."""
    train_step = Run.train_step

    def spoiling(run):
        train_step(run)
        if run.step == step:
            where = {"weights": run.model.params, "optimizer": run.optimizer.v, "state": run.states[0][0][1]}
            where[name].flat[3] = value

    monkeypatch.setattr(Run, "train_step", spoiling)


@pytest.mark.parametrize("name", ["weights", "optimizer", "state"])
@pytest.mark.parametrize("step", [8, 20], ids=["in between", "at the end"])
def test_what_is_not_finite_is_never_saved(name, step, run, tmp_path, monkeypatch):
    """Not even where no later step would notice it."""
    spoil(monkeypatch, name, step, math.inf if name == "optimizer" else math.nan)
    monkeypatch.setattr("minrnn.training.trainer.SECONDS_BETWEEN_SAVES", -1)
    with pytest.raises(DivergedError, match=rf"step {step}: .*last\.pkl is the last good checkpoint") as caught:
        Trainer(run(val=0.0), tmp_path).train()
    assert "--lr" in str(caught.value) and "--clip-norm" in str(caught.value)
    saved = checkpoint.load(tmp_path / "last.pkl")
    assert saved["progress"]["step"] == step - 1


def test_a_validation_loss_of_nan_stops_the_run(run, tmp_path, monkeypatch):
    monkeypatch.setattr("minrnn.parallel.shards.Shards.evaluate", lambda shards, windows: (math.nan, 0.0))
    with pytest.raises(DivergedError, match=r"step 4: the validation loss is nan; .*--lr.*last\.pkl"):
        Trainer(run(), tmp_path).train()
    assert not (tmp_path / "best.pkl").exists()
    assert steps_logged(tmp_path) == [2]


def test_a_step_that_is_not_finite_is_not_taken(run, monkeypatch):
    diverging = run()
    for _ in range(3):
        diverging.train_step()
    before = {"params": diverging.model.params.copy(), **diverging.optimizer.state()}
    gradient = diverging.shards.gradient

    def overflowing(*arguments):
        outcome = gradient(*arguments)
        diverging.model.grads[5] = np.inf
        return outcome

    monkeypatch.setattr(diverging.shards, "gradient", overflowing)
    with pytest.raises(DivergedError, match=r"step 4: the loss is \d.* norm inf; the step was not taken"):
        diverging.train_step()
    after = {"params": diverging.model.params, **diverging.optimizer.state()}
    assert diverging.step == 3
    assert before.keys() == after.keys()
    for name, value in before.items():
        np.testing.assert_array_equal(value, after[name])


def diverge(monkeypatch, step, least):
    """Makes this step diverge for as long as the learning rate is above `least`."""
    train_step = Run.train_step

    def diverging(run):
        if run.step + 1 == step and run.options["lr"] > least:
            raise DivergedError(f"step {step}: the loss is nan")
        train_step(run)

    monkeypatch.setattr(Run, "train_step", diverging)


@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_rollback_goes_on_from_the_last_checkpoint_with_half_the_rate(schedule, run, tmp_path, monkeypatch, capsys):
    diverge(monkeypatch, step=11, least=0.006)
    going_back = run(on_nan="rollback", lr=0.02, schedule=schedule)
    assert Trainer(going_back, tmp_path).train() is None
    told = [line for line in capsys.readouterr().err.splitlines() if "went back" in line]
    assert len(told) == 2 and going_back.rollbacks == 2
    for line, rate in zip(told, ("0.01 (1 of 5", "0.005 (2 of 5")):
        assert "step 11: the loss is nan; went back to step 8 of" in line and f"half the learning rate: {rate}" in line
    assert steps_logged(tmp_path) == list(range(2, 21, 2))
    saved = checkpoint.load(tmp_path / "last.pkl")
    assert saved["config"]["options"]["lr"] == 0.005 and saved["progress"]["rollbacks"] == 2
    assert schedule == "plateau" or going_back.optimizer.lr == pytest.approx(0.005 * 0.05, rel=0.2)


@pytest.mark.parametrize("optimizer", ["adam", "muon"])
def test_after_going_back_weights_and_optimiser_are_those_of_the_checkpoint(optimizer, run, tmp_path):
    ahead = run(optimizer=optimizer, dropout=0.2)
    for _ in range(5):
        ahead.train_step()
    ahead.save(tmp_path / "a.pkl")
    for _ in range(5):
        ahead.train_step()
    saved = checkpoint.load(tmp_path / "a.pkl")
    fresh = Run(resolve({"quiet": True, "lr": ahead.options["lr"] / 2}, saved["config"]["options"]), saved)
    ahead.go_back(checkpoint.load(tmp_path / "a.pkl"))
    for _ in range(4):
        ahead.train_step()
        fresh.train_step()
        assert ahead.model.params.tobytes() == fresh.model.params.tobytes()


@pytest.mark.parametrize("kill", [False, True], ids=["at once", "after a kill"])
def test_going_back_to_the_start_forgets_what_came_after(kill, run, tmp_path, monkeypatch):
    """Rows of the log and kept checkpoints, whether this process wrote them or another."""
    diverge(monkeypatch, step=11, least=0.006)
    going_back = run(on_nan="rollback", lr=0.02, val=0.0, keep=9)
    monkeypatch.setattr(going_back, "best", -1.0)
    trainer = Trainer(going_back, tmp_path)
    if kill:
        monkeypatch.setattr(trainer, "diverged", lambda error: raised(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            trainer.train()
        assert steps_logged(tmp_path) == [2, 4, 6, 8, 10]
        saved = checkpoint.load(tmp_path / "last.pkl")
        assert saved["progress"]["step"] == 0
        going_back = Run(resolve({"quiet": True}, saved["config"]["options"]), saved)
        trainer = Trainer(going_back, tmp_path)
    begin = trainer.begin

    def looking():
        begin()
        assert steps_logged(tmp_path) == [] and not kept(tmp_path)

    monkeypatch.setattr(trainer, "begin", looking)
    assert trainer.train() is None
    assert going_back.rollbacks == 2
    assert steps_logged(tmp_path) == list(range(2, 21, 2))
    assert list(kept(tmp_path)) == [4, 8, 12, 16, 20]


def raised(error):
    raise error


def test_the_learning_rate_does_not_fall_below_the_least_that_lr_takes(run, tmp_path, monkeypatch):
    diverge(monkeypatch, step=11, least=0)
    with pytest.raises(DivergedError, match="gave up"):
        Trainer(run(on_nan="rollback", lr=3e-12), tmp_path).train()
    assert checkpoint.load(tmp_path / "last.pkl")["config"]["options"]["lr"] == 1e-12


def test_rollback_gives_up_after_five_times(run, tmp_path, monkeypatch, capsys):
    diverge(monkeypatch, step=11, least=0)
    with pytest.raises(DivergedError, match=r"step 11: .*gave up after going back 5 times; .*last\.pkl"):
        Trainer(run(on_nan="rollback"), tmp_path).train()
    assert capsys.readouterr().err.count("went back") == ROLLBACKS == 5
    # Those of before an interruption count too.
    saved = checkpoint.load(tmp_path / "last.pkl")
    again = Run(resolve({"quiet": True}, saved["config"]["options"]), saved)
    with pytest.raises(DivergedError, match="gave up after going back 5 times"):
        Trainer(again, tmp_path).train()
    assert "went back" not in capsys.readouterr().err


def test_a_run_that_always_diverges_says_each_rollback_and_the_end_in_one_line_each(script, text_file, tmp_path):
    wild = ("--optimizer", "sgd", "--lr", 1e12, "--clip-norm", 0, "--schedule", "constant", "--quiet")
    result = script("train.py", text_file, *TINY, *wild, "--steps", 500, "--out", "r", "--on-nan", "rollback")
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    assert len(lines) == 6 and all("went back to step" in line for line in lines[:5])
    assert "gave up after going back 5 times" in lines[5] and "Traceback" not in result.stderr
    assert script("sample.py", "r/last.pkl", "--length", 5).returncode == 0
