"""A run learns, stops when it should, and resumes as if nothing had happened."""

import math
import os
import pickle

import numpy as np
import pytest

from cells import CELLS
from data import CARRIES, TextError
from minrnn import checkpoint
from minrnn.nn.build import build
from minrnn.nn.language_model import LanguageModel
from minrnn.nn.output import softmax_cross_entropy
from minrnn.options.resolve import resolve
from minrnn.parallel.shards import Shards
from minrnn.rundir.folder import FILES
from minrnn.training.introduction import introduction
from minrnn.training.run import DivergedError, Run
from minrnn.training.trainer import Trainer
from optim import OPTIMIZERS, SCHEDULES, Adam

SMALL = dict(hidden=12, batch_size=6, seq_len=7, steps=20, quiet=True, sample_every=0, threads=1, shards=2)


def new_run(text_file, **given):
    return Run(resolve({**SMALL, "text": [str(text_file)], **given}))


def weights_after(run, steps):
    while run.step < steps:
        run.train_step()
    return run.model.params.tobytes()


@pytest.mark.parametrize("cell", CELLS)
def test_first_loss_is_the_entropy_of_the_frequencies(text_file, cell):
    run = new_run(text_file, cell=cell, hidden=64)
    share = run.corpus.counts() / len(run.corpus.train)
    entropy = -sum(share * np.log(share, where=share > 0, out=np.zeros(len(share))))
    assert entropy < math.log(len(share)) - 0.3
    run.train_step()
    assert abs(run.recent[0] - entropy) < 0.2
    run = new_run(text_file, cell=cell, hidden=64, output_bias="zero")
    run.train_step()
    assert abs(run.recent[0] - math.log(len(share))) < 0.2


@pytest.mark.parametrize("cell", CELLS)
def test_overfits_one_batch_to_nearly_zero(cell, rng):
    T, N, V = 8, 3, 5
    model = build(dict(V=V, cell=cell, layers=2, hidden=32), rng)
    adam = Adam(model.params.size, lr=1e-2)
    x, y = rng.integers(0, V, (2, T, N))
    x[0] = np.arange(N)  # no two rows begin alike, so that each can be told from the others
    for _ in range(300):
        model.grads[:] = 0
        loss, correct, dlogits = softmax_cross_entropy(model.forward(x)[0], model.targets(x, y), T * N)
        model.backward(dlogits)
        adam.step(model.params, model.grads)
    assert loss < 0.01
    assert correct == T * N


def test_training_lowers_the_validation_loss(text_file):
    run = new_run(text_file, hidden=32, batch_size=16, seq_len=20, steps=300)
    before, _, _ = run.validate()
    weights_after(run, 300)
    after, accuracy, best = run.validate()
    assert after < 0.6 * before
    assert accuracy > 0.5
    assert best


def test_same_bytes_on_any_number_of_threads(text_file):
    results = {
        weights_after(new_run(text_file, threads=n, shards=4, dropout=0.2, weight_drop=0.3), 20) for n in (1, 2, 4)
    }
    assert len(results) == 1


def test_shards_add_up_to_the_whole_batch(rng):
    T, N, V, H = 3, 7, 5, 6
    model = LanguageModel(V, "lstm", 2, H, dtype=np.float64, rng=rng)
    x, y = rng.integers(0, V, (2, T, N))
    outcomes = []
    for count in (1, 2, 3):
        shards = Shards(model, count, 1)
        loss, accuracy, _ = shards.gradient(x, y, shards.zero_states(N), [None] * count)
        outcomes.append(np.append(model.grads, [loss, accuracy]))
    np.testing.assert_allclose(outcomes[1], outcomes[0], atol=1e-14)
    np.testing.assert_allclose(outcomes[2], outcomes[0], atol=1e-14)


def test_evaluation_is_the_mean_over_all_symbols_with_state_carried(rng):
    V, N = 5, 4
    model = LanguageModel(V, "gru", 1, 6, dtype=np.float64, rng=rng)
    x, y = rng.integers(0, V, (2, 9, N))
    loss, _, _ = softmax_cross_entropy(model.forward(x)[0], y, x.size)
    batches = [(x[:4], y[:4]), (x[4:8], y[4:8]), (x[8:], y[8:])]
    assert abs(Shards(model, 2, 1).evaluate(batches)[0] - loss) < 1e-14


@pytest.mark.parametrize("cell", CELLS)
def test_a_batch_may_have_fewer_rows_than_shards(cell, rng):
    model = build(dict(V=5, cell=cell, layers=2, hidden=6), rng, np.float64)
    x, y = rng.integers(0, 5, (2, 9, 1))
    outcomes = []
    for count in (1, 3):
        shards = Shards(model, count, 2)
        loss, accuracy, _ = shards.gradient(x, y, shards.zero_states(1), [None] * count)
        outcomes.append([*model.grads, loss, accuracy, *shards.evaluate([(x, y)])])
    np.testing.assert_allclose(outcomes[1], outcomes[0], atol=1e-14)


def test_a_short_held_out_text_is_read_in_few_long_rows(text_file):
    run = new_run(text_file, val=0.0, val_first=3500)
    x, _ = next(run.held_out_windows())
    assert x.shape == (7, 3)
    assert next(new_run(text_file, val=0.0, val_first=900).held_out_windows())[0].shape == (7, 1)


def test_another_seed_gives_other_weights(text_file):
    assert weights_after(new_run(text_file, seed=1), 2) != weights_after(new_run(text_file, seed=2), 2)


def test_carry_decides_where_the_state_is_zero(text_file):
    for carry, zero in (("stream", 0), ("epoch", 1), ("none", 3), ("endless", 0)):
        run = new_run(text_file, carry=carry, steps=100)
        per_epoch = run.streams.steps_per_epoch
        steps = [1, 2, per_epoch]
        assert sum(run.streams.starts_from_zero(k) for k in steps) == zero


RESUMES = [
    *({"cell": cell} for cell in CELLS),
    {"dropout": 0.3, "layers": 2, "embed": 5},
    {"cell": "bilstm", "dropout": 0.3, "dropout_at": "inputs", "dropout_mask": "sequence", "layers": 2},
    {"tie_weights": True, "embed": 12},
    {
        "tie_weights": True,
        "embed": 5,
        "projection": 5,
        "skip": True,
        "layers": 2,
        "weight_drop": 0.4,
        "temporal_reg": 1.0,
    },
    {"val": 0.0, "val_first": 200, "sample_style": ["one", "several", "rows"], "sample_every": 3, "keep": 2},
    {"patience": 3, "lr": 0.3},
    {"level": "word"},
    {"level": "byte"},
    {"cell": "gru", "gru_reset": "before"},
]
MORE_RESUMES = [
    *({"optimizer": name} for name in OPTIMIZERS),
    *({"schedule": name} for name in SCHEDULES),
    *({"carry": name} for name in CARRIES),
]


class Killed(BaseException):
    """The process ends here."""


def finished(folder, kills, given, text_file, monkeypatch):
    """The files of a run that is killed at the end of these steps and resumed each time."""
    folder.mkdir()
    options = resolve({**SMALL, "text": [str(text_file)], "log_every": 4, "eval_every": 3, **given})
    run, take_step = Run(options), Run.train_step

    def step_or_die(run):
        take_step(run)
        if run.step in kills:
            kills.remove(run.step)
            raise Killed

    monkeypatch.setattr(Run, "train_step", step_or_die)
    while True:
        try:
            Trainer(run, folder).train()
            break
        except Killed:
            saved = checkpoint.load(folder / "last.pkl")
            run = Run(resolve({"threads": 2, "quiet": True}, saved["config"]["options"]), saved)
    monkeypatch.setattr(Run, "train_step", take_step)

    files = [checkpoint.load(folder / name) for name in ("last.pkl", "best.pkl")]
    rows = [row.split(",") for row in (folder / "log.csv").read_text().splitlines()]
    kept = [{k: f[k] for k in ("weights", "optimizer", "vocab")} for f in files]
    progress = {name: value for name, value in files[0]["progress"].items() if name != "seconds"}
    names = sorted(path.name for path in folder.iterdir())
    return pickle.dumps(kept), [row[:3] + row[4:] for row in rows], repr(progress), names


@pytest.mark.parametrize(
    "given",
    [*RESUMES, *(pytest.param(given, marks=pytest.mark.slow) for given in MORE_RESUMES)],
    ids=lambda given: " ".join(map(str, given.values())),
)
def test_resume_is_exact(given, text_file, tmp_path, monkeypatch):
    monkeypatch.setattr("minrnn.training.trainer.SECONDS_BETWEEN_SAVES", -1)
    monkeypatch.setattr("minrnn.training.picture.draw_loss", lambda rows, path, **settings: path.touch())
    whole = finished(tmp_path / "whole", [], given, text_file, monkeypatch)
    pieces = finished(tmp_path / "pieces", [2, 9, 10, 17], given, text_file, monkeypatch)
    assert len(whole[1]) > 4
    for a, b in zip(whole, pieces):
        assert a == b


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_run_that_diverges_stops_before_the_step(text_file):
    run = new_run(text_file, lr=1e9, clip_norm=0.0, optimizer="sgd", schedule="constant")
    with pytest.raises(DivergedError, match=r"step \d+: .* try a lower --lr"):
        weights_after(run, 20)
    assert np.isfinite(run.model.params).all()


def test_a_short_text_shrinks_the_batch_and_says_so(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("abcdefghij" * 30)
    run = Run(resolve({"text": [str(path)], "quiet": True}))
    assert (run.streams.N, run.streams.T) == (4, 64)
    assert "batch: 4 rows of 64 (the text cannot fill 32 x 64)" in introduction(run)
    run.train_step()


def test_a_tiny_text_is_refused_with_a_cure(tmp_path):
    path = tmp_path / "tiny.txt"
    path.write_text("abcdefghij")
    with pytest.raises(TextError, match=r"only 10 symbols.*--val 0"):
        Run(resolve({"text": [str(path)]}))
    run = Run(resolve({"text": [str(path)], "val": 0.0}))
    run.train_step()
    assert (run.streams.N, run.streams.T) == (1, 9)


def test_the_same_text_in_other_files_is_refused_where_files_are_held_out(text_file, tmp_path):
    whole = text_file.read_text()

    def files(cut):
        names = [tmp_path / f"{cut}-{part}.txt" for part in "ab"]
        for name, part in zip(names, (whole[:cut], whole[cut:])):
            name.write_text(part)
        return list(map(str, names))

    for held_out, refused in ({"val_files": 1}, True), ({"val": 0.1}, False):
        run = new_run(text_file, **held_out, text=files(4000))
        run.save(tmp_path / "a.pkl")
        saved = checkpoint.load(tmp_path / "a.pkl")
        assert saved["config"]["text"]["learned"] == len(run.corpus.train)
        given = resolve({"text": files(3000)}, saved["config"]["options"])
        if refused:
            with pytest.raises(TextError, match="cut into files in another way"):
                Run(given, saved)
        else:
            Run(given, saved)


def test_the_best_checkpoint_can_take_the_place_of_the_last(text_file, tmp_path, monkeypatch):
    """As the message says if the last one is damaged. The run goes on to the same end."""
    given = dict(steps=20, log_every=3, eval_every=5, lr=0.01)
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    Trainer(new_run(text_file, **given), tmp_path / "whole").train()
    cut, validate = tmp_path / "cut", Run.validate
    monkeypatch.setattr(Run, "validate", lambda run: validate(run) if run.step <= 10 else raised(Killed))
    with pytest.raises(Killed):
        Trainer(new_run(text_file, **given), cut).train()
    monkeypatch.setattr(Run, "validate", validate)
    (cut / "best.pkl").replace(cut / "last.pkl")
    saved = checkpoint.load(cut / "last.pkl")
    assert saved["progress"]["step"] == 10
    Trainer(Run(resolve({"quiet": True}, saved["config"]["options"]), saved), cut).train()
    logs = [(tmp_path / name / "log.csv").read_text() for name in ("whole", "cut")]
    assert without_seconds(logs[0]) == without_seconds(logs[1])


def raised(error):
    raise error


def test_a_run_that_is_cut_short_on_resume_is_measured_once(text_file, tmp_path, monkeypatch):
    """There is no end without a validation."""
    run = new_run(text_file, steps=20, eval_every=0, log_every=5)
    weights_after(run, 12)
    run.save(tmp_path / "last.pkl")
    for _ in range(2):
        saved = checkpoint.load(tmp_path / "last.pkl")
        run = Run(resolve({"steps": 12, "quiet": True}, saved["config"]["options"]), saved)
        Trainer(run, tmp_path).train()
        rows = (tmp_path / "log.csv").read_text().splitlines()
        assert len(rows) == 2 and rows[1].startswith("12,") and rows[1].split(",")[5]
        assert {path.name for path in tmp_path.iterdir()} == set(FILES)


def test_a_run_is_finished_when_its_plot_is(text_file, tmp_path, monkeypatch):
    run = new_run(text_file, steps=6)
    monkeypatch.setattr("minrnn.training.picture.draw_loss", lambda *arguments, **settings: raised(Killed))
    (tmp_path / "loss.png").write_text("of an earlier end")
    with pytest.raises(Killed):
        Trainer(run, tmp_path).train()
    assert run.over and not Trainer(run, tmp_path).finished()
    monkeypatch.undo()
    Trainer(run, tmp_path).train()
    assert Trainer(run, tmp_path).finished()
    os.utime(tmp_path / "loss.png", (1, 1))
    assert not Trainer(run, tmp_path).finished()


def without_seconds(text):
    return [row.split(",")[:3] + row.split(",")[4:] for row in text.splitlines()]


def test_a_run_is_not_resumed_with_another_text(text_file, tmp_path):
    run = new_run(text_file)
    run.save(tmp_path / "a.pkl")
    other = tmp_path / "other.txt"
    other.write_text(text_file.read_text()[::-1])
    saved = checkpoint.load(tmp_path / "a.pkl")
    with pytest.raises(TextError, match="is not the text this run began with"):
        Run(resolve({"text": [str(other)]}, saved["config"]["options"]), saved)


@pytest.mark.slow
def test_a_run_out_of_time_still_ends_with_a_validation_and_a_plot(text_file, tmp_path, monkeypatch):
    """Whenever the clock runs out, in the middle of a sample too."""
    for ask in range(2, 12):
        folder = tmp_path / str(ask)
        folder.mkdir()
        run = new_run(text_file, steps=None, minutes=5.0, eval_every=0, sample_every=1)
        asked = iter(range(1000))
        monkeypatch.setattr(Run, "share", property(lambda run, asked=asked, ask=ask: float(next(asked) >= ask)))
        assert Trainer(run, folder).train() is None
        assert {path.name for path in folder.iterdir()} == set(FILES)
        assert (folder / "log.csv").read_text().splitlines()[-1].split(",")[5] != ""


def test_checkpoints_of_later_steps_are_removed_on_resume_and_other_files_stay(text_file, tmp_path):
    run = new_run(text_file, eval_every=4, keep=2)
    weights_after(run, 8)
    for step in (4, 12, 16):
        run.save(tmp_path / f"step-{step:08}.pkl")
    (tmp_path / "step-by-step.pkl").write_text("mine")
    Trainer(run, tmp_path).train()
    names = {path.name for path in tmp_path.glob("step-*")}
    assert names == {"step-by-step.pkl", "step-00000016.pkl", "step-00000020.pkl"}
    assert checkpoint.load(tmp_path / "step-00000016.pkl")["progress"]["step"] == 16
