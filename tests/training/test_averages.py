"""A run that averages its weights: who sees the average, and that training goes on with its own weights exactly."""

from types import SimpleNamespace

import numpy as np
import pytest
from runs import TINY

from minrnn import checkpoint
from minrnn.checkpoint.pretrained import load_model
from minrnn.options.resolve import resolve
from minrnn.system.errors import OptionError
from minrnn.training import previews
from minrnn.training.run import DivergedError, Run
from minrnn.training.trainer import Trainer

SMALL = dict(
    hidden=7, layers=2, embed=5, dropout=0.2, batch_size=6, seq_len=9, steps=20, eval_every=5, log_every=3,
    sample_every=0, shards=2, threads=1, quiet=True, lr=0.01,
)  # fmt: skip
every_kind = pytest.mark.parametrize("given", [{"ema": 0.8}, {"tail_average": 0.4}], ids=["ema", "tail"])


@pytest.fixture
def run(text_file, monkeypatch):
    """New runs whose clock stands still, so that equal checkpoints are equal bytes."""
    monkeypatch.setattr("minrnn.training.standing.time", SimpleNamespace(perf_counter=lambda: 0.0))
    return lambda **given: Run(resolve({**SMALL, "text": [str(text_file)], **given}))


def steps(run, end):
    """The weights after each step."""
    path = []
    while run.step < end:
        run.train_step()
        path.append(run.model.params.copy())
    return path


def resumed(path):
    saved = checkpoint.load(path)
    return Run(resolve({"quiet": True}, saved["config"]["options"]), saved)


@every_kind
def test_training_is_the_same_with_and_without_an_average(given, run):
    plain, averaging = run(), run(**given)
    for end in range(1, 21):
        assert steps(plain, end)[0].tobytes() == steps(averaging, end)[0].tobytes()
        if end % 4 == 0:
            plain.validate(), averaging.validate()


@every_kind
def test_validation_and_every_reader_of_a_checkpoint_get_the_average(given, run, tmp_path):
    averaging, plain = run(**given), run()
    path = steps(averaging, 12)
    if "ema" in given:
        weights = 0.8 ** np.arange(11, -1, -1)
    else:
        weights = np.arange(1, 13) >= 8  # share 0.4 of 20 steps
    mean = np.average(path, axis=0, weights=weights)
    loss, _, _ = averaging.validate()
    assert averaging.model.params.tobytes() == path[-1].tobytes()
    plain.model.params[:] = mean
    assert plain.validate()[0] == pytest.approx(loss, rel=1e-5)
    averaging.save(tmp_path / "a.pkl")
    model, _ = load_model(tmp_path / "a.pkl")
    np.testing.assert_allclose(model.params, mean, rtol=1e-4, atol=1e-6)
    assert resumed(tmp_path / "a.pkl").model.params.tobytes() == path[-1].tobytes()


def test_samples_while_training_are_written_by_the_average(run, monkeypatch, capsys):
    averaging, seen = run(ema=0.8, sample_every=1), []
    path = steps(averaging, 3)
    monkeypatch.setitem(previews.STYLES, "one", lambda run: seen.append(run.model.params.copy()) or "a sample")
    previews.Previews([previews.tell]).step(averaging, None, False)
    assert seen[0].tobytes() == averaging.average.other.tobytes() != path[-1].tobytes()
    assert averaging.model.params.tobytes() == path[-1].tobytes() and "a sample" in capsys.readouterr().out


@every_kind
@pytest.mark.parametrize("stop", [0, 3, 11])
def test_a_stopped_run_goes_on_to_the_same_bytes(given, stop, run, tmp_path):
    first = run(**given)
    steps(first, stop)
    first.save(tmp_path / "a.pkl")
    second = resumed(tmp_path / "a.pkl")
    second.save(tmp_path / "b.pkl")
    assert (tmp_path / "a.pkl").read_bytes() == (tmp_path / "b.pkl").read_bytes()
    for each, name in ((first, "a.pkl"), (second, "b.pkl")):
        steps(each, 20)
        each.validate()
        each.save(tmp_path / name)
    assert (tmp_path / "a.pkl").read_bytes() == (tmp_path / "b.pkl").read_bytes()


@every_kind
@pytest.mark.parametrize("name", ["best.pkl", "step-00000010.pkl"])
def test_the_best_or_a_kept_checkpoint_can_take_the_place_of_the_last(given, name, run, tmp_path, monkeypatch):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    for folder in (whole, cut):
        folder.mkdir()
    Trainer(run(**given, keep=2), whole).train()
    validate = Run.validate
    monkeypatch.setattr(Run, "validate", lambda run: validate(run) if run.step <= 10 else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        Trainer(run(**given, keep=2), cut).train()
    monkeypatch.setattr(Run, "validate", validate)
    assert checkpoint.load(cut / "best.pkl")["progress"]["step"] == 10
    (cut / name).replace(cut / "last.pkl")
    Trainer(resumed(cut / "last.pkl"), cut).train()
    for file in ("last.pkl", "best.pkl", "log.csv"):
        assert (whole / file).read_bytes() == (cut / file).read_bytes()


@pytest.mark.parametrize("error", [KeyboardInterrupt, DivergedError])
def test_an_error_in_a_validation_leaves_the_weights_of_training(error, run, monkeypatch):
    averaging = run(ema=0.8)
    path = steps(averaging, 6)

    def failing(batches):
        next(iter(batches))
        assert averaging.model.params.tobytes() != path[-1].tobytes()
        raise error

    monkeypatch.setattr(averaging.shards, "evaluate", failing)
    with pytest.raises(error):
        averaging.validate()
    assert averaging.model.params.tobytes() == path[-1].tobytes()


@every_kind
def test_going_back_restores_the_weights_and_their_average(given, run, tmp_path):
    ahead = run(**given)
    steps(ahead, 10)
    ahead.save(tmp_path / "a.pkl")
    weights, average = ahead.model.params.copy(), ahead.average.other.copy()
    steps(ahead, 15)
    ahead.go_back(checkpoint.load(tmp_path / "a.pkl"))
    assert ahead.model.params.tobytes() == weights.tobytes() and ahead.average.other.tobytes() == average.tobytes()
    assert ahead.average.steps == (10 if "ema" in given else 3)


def test_an_average_that_is_not_finite_is_never_saved(run, tmp_path):
    averaging = run(ema=0.8)
    steps(averaging, 3)
    averaging.average.other[5] = np.nan
    with pytest.raises(DivergedError, match="step 3: the checkpoint was not saved: its weights"):
        averaging.save(tmp_path / "a.pkl")
    assert not (tmp_path / "a.pkl").exists()


def test_the_two_averages_exclude_each_other():
    with pytest.raises(OptionError, match="--ema and --tail-average contradict each other; give one"):
        resolve({"ema": 0.9, "tail_average": 0.5})


@pytest.mark.parametrize("name", ["--ema", "--tail-average"])
@pytest.mark.parametrize("value", ["0", "1", "-0.5", "1.5", "nan", "much"])
def test_a_value_outside_0_to_1_is_refused_in_one_line(name, value, script, text_file):
    result = script("train.py", text_file, f"{name}={value}")
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    assert f"{name}: '{value}' is not a number between 0 and 1" in result.stderr


def test_a_resumed_run_cannot_begin_an_average(script, text_file):
    script("train.py", text_file, *TINY, "--steps", 3, "--quiet", "--out", "r")
    result = script("train.py", "--resume", "--out", "r", "--ema", 0.9, "--steps", 5)
    assert result.returncode == 2 and "--ema 0.9 contradicts the run to resume, which has None" in result.stderr
