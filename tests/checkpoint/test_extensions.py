"""An optimiser with a scalar in its state, another part of a run, and a cell with three states, one place each.

Each is trained, saved, resumed to the same bytes, and sampled from.
"""

from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from three_states import add_three_states

from minrnn import checkpoint
from minrnn.checkpoint import file, parts
from minrnn.checkpoint.file import CheckpointError
from minrnn.checkpoint.pretrained import load_model
from minrnn.generation.generate import generate, side_by_side
from minrnn.options.resolve import resolve
from minrnn.training.run import DivergedError, Run
from optim import OPTIMIZERS
from optim.optimizer import Optimizer


class NAdam(Optimizer):
    """NAdam (Dozat 2016): Adam with Nesterov's momentum, whose size changes from step to step.

    mu_t = beta1 (1 - 0.5 * 0.96^(t / 250)), and `product` is mu_1 mu_2 ... mu_t.
    """

    slots = ("m", "v")
    scalars = ("steps", "product")

    def __init__(self, size, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(size, lr)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.product = 1.0

    def step(self, params, grads):
        m, v = self.begin(params, grads)
        mu, following = (self.beta1 * (1 - 0.5 * 0.96 ** (t / 250)) for t in (self.steps, self.steps + 1))
        self.product *= mu
        m[:] = self.beta1 * m + (1 - self.beta1) * grads
        v[:] = self.beta2 * v + (1 - self.beta2) * grads**2
        mean = following * m / (1 - self.product * following) + (1 - mu) * grads / (1 - self.product)
        params -= self.lr * mean / (np.sqrt(v / (1 - self.beta2**self.steps)) + self.eps)


class Average:
    """The mean of the weights after all steps."""

    def __init__(self, size):
        self.mean, self.count = np.zeros(size, np.float32), 0

    def update(self, params):
        self.count += 1
        self.mean += (params - self.mean) / np.float32(self.count)

    def state(self):
        return {"mean": self.mean.copy(), "count": self.count}

    def load_state(self, state):
        self.mean, self.count = state["mean"].copy(), state["count"]


@pytest.fixture
def new_run(text_file, monkeypatch):
    """New runs whose clock stands still, so that their checkpoints are the same bytes."""
    monkeypatch.setattr("minrnn.training.standing.time", SimpleNamespace(perf_counter=lambda: 0.0))
    small = dict(text=[str(text_file)], hidden=5, layers=2, batch_size=6, seq_len=7, steps=12, shards=2, threads=1)
    return lambda **given: Run(resolve({**small, "dropout": 0.2, **given}))


def learn(run, end):
    while run.step < end:
        run.train_step()
        if average := run.parts.get("mean"):
            average.update(run.model.params)
    return run


def goes_on_exactly(run, path):
    """Asserts that the run ends with the same file with and without a stop, and samples from it; returns the middle."""
    learn(run, 7).save(path)
    saved = checkpoint.load(path)
    resumed = Run(resolve({}, saved["config"]["options"]), saved)
    resumed.save(path.with_name("again.pkl"))
    assert path.with_name("again.pkl").read_bytes() == path.read_bytes()
    ends = [path.with_name(name) for name in ("whole.pkl", "resumed.pkl")]
    for each, end in zip((run, resumed), ends):
        learn(each, 12).save(end)
    assert ends[0].read_bytes() == ends[1].read_bytes()
    model, vocabulary = load_model(ends[0])
    assert model.params.tobytes() == run.model.params.tobytes()
    prime = side_by_side(vocabulary.opening(), 1)
    symbols = list(islice(generate(model, prime, np.random.default_rng(0)), 9))
    assert len(vocabulary.decode(np.concatenate(symbols))) == 9
    return saved


def refused(saved, path, **changed):
    """The message with which a checkpoint is refused whose section optimizer is changed. Sampling takes it."""
    path.write_bytes(file.encoded(saved | {"optimizer": saved["optimizer"] | changed}))
    load_model(path)
    with pytest.raises(CheckpointError) as caught:
        checkpoint.load(path)
    return str(caught.value)


def test_an_optimiser_with_a_scalar_goes_on_exactly(new_run, tmp_path, monkeypatch):
    monkeypatch.setitem(OPTIMIZERS, "nadam", NAdam)
    run = new_run(optimizer="nadam")
    saved = goes_on_exactly(run, tmp_path / "a.pkl")
    kept = saved["optimizer"]
    assert list(kept) == ["steps", "product", "m", "v", "schedule"] and 0 < kept["product"] < 0.5**7
    for product, words in (
        (float("inf"), "its optimizer.product is not finite"),
        ("1", "its optimizer.product is '1'; expected a finite number"),
        (kept["m"], "its optimizer.product is float32 of shape"),
    ):
        assert words in refused(saved, tmp_path / "b.pkl", product=product)
    assert "its optimizer has 'x'" in refused(saved, tmp_path / "b.pkl", x=1.0)
    run.optimizer.product = float("nan")
    with pytest.raises(DivergedError, match=r"step 12: .* not saved: its optimizer\.product is not finite"):
        run.save(tmp_path / "b.pkl")


def test_another_part_of_a_run_is_one_line(new_run, tmp_path, monkeypatch):
    make_parts = parts.make_parts
    for place in ("training.run", "checkpoint.schema"):
        monkeypatch.setattr(
            f"minrnn.{place}.make_parts",
            lambda options, size, *rest: make_parts(options, size, *rest) | {"mean": Average(size)},
        )
    saved = goes_on_exactly(new_run(schedule="plateau", cell="gru"), tmp_path / "a.pkl")
    assert saved["optimizer"]["mean"]["count"] == 7
    average = saved["optimizer"]["mean"]
    assert "its optimizer.mean.mean is float32 of shape" in refused(
        saved, tmp_path / "b.pkl", mean=average | {"mean": average["mean"][1:]}
    )
    assert "its optimizer.mean.count is missing" in refused(saved, tmp_path / "b.pkl", mean={"mean": average["mean"]})


def test_a_cell_with_three_states_goes_on_exactly(new_run, tmp_path, monkeypatch):
    saved = goes_on_exactly(new_run(cell=add_three_states(monkeypatch)), tmp_path / "a.pkl")
    states = saved["progress"]["states"]
    assert [[[v.shape for v in state] for state in shard] for shard in states] == [[[(3, 5)] * 3] * 2] * 2
    states[1][0] = states[1][0][:2]
    (tmp_path / "b.pkl").write_bytes(file.encoded(saved))
    with pytest.raises(CheckpointError, match=r"its progress\.states\.1\.0 has 2 values; expected 3"):
        checkpoint.load(tmp_path / "b.pkl")
