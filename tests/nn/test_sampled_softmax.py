"""The softmax over a sample of the symbols: its gradient, its estimate of the full one, and its place in a run."""

from types import SimpleNamespace

import numpy as np
import pytest
from conftest import assert_refused
from runs import TINY

from minrnn import checkpoint
from minrnn.gradcheck.reference_model import NO_MASKS, inputs, stack
from minrnn.nn.build import build
from minrnn.nn.sampled_softmax import Sampler, drawn
from minrnn.options.resolve import resolve
from minrnn.training.run import Run

T, N, V, H = 3, 4, 11, 5
COUNTS = np.array([40, 30, 20, 9, 7, 5, 3, 2, 1, 1, 0])
EPS = 1e-30


def made(**settings):
    return build(dict(V=V, cell="gru", layers=2, hidden=H, **settings), np.random.default_rng(1), np.float64)


def naive_loss(model, w, x, y, state, seed):
    """The loss by its definition, from symbol to symbol."""
    sampler = Sampler(COUNTS, 3)
    sample = sampler.draw(y, np.random.default_rng(seed))
    q, p = drawn(COUNTS, 3), COUNTS / COUNTS.sum()
    pi = 1 - (1 - q) * (1 - p) ** (y.size - 1)
    h = stack(model.config, w, "layers", inputs(w, x, V, None), [(s,) for s in state], NO_MASKS)
    W = w["output.W"] if "output.W" in w else w["embedding"].T
    loss = 0
    for t, n in np.ndindex(T, N):
        v = h[t][n] @ w["projection.P"] if "projection.P" in w else h[t][n]
        logits = v @ W + w["output.b"]
        others = sum(np.exp(logits[k]) / pi[k] for k in sample.symbols if k != y[t, n])
        loss -= logits[y[t, n]] - np.log(np.exp(logits[y[t, n]]) + others)
    return loss / y.size


MODELS = {
    "one-hot": {},
    "embedding": {"embed": 6},
    "tied": {"embed": H, "tie_weights": True},
    "projected": {"embed": 4, "tie_weights": True, "projection": 4},
}


@pytest.mark.parametrize("settings", MODELS.values(), ids=MODELS)
def test_the_gradient_is_that_of_the_definition_over_two_steps(settings):
    model, rng = made(**settings), np.random.default_rng(2)
    sampler = Sampler(COUNTS, 3)
    state = [rng.standard_normal((N, H)) for _ in range(2)]
    for seed in range(2):
        model.params -= 0.1 * model.grads
        model.grads[:] = 0
        x, y = rng.integers(0, V, (2, T, N))
        loss, _, _ = model.loss_and_gradient(x, y, state, np.random.default_rng(seed), T * N, sampler)
        weights = {name: w.astype(complex) for name, w in model.weights().items()}
        assert loss == pytest.approx(naive_loss(model, weights, x, y, state, seed).real, rel=1e-12)
        grads = {prefix + key: g for prefix, part in model.parts.items() for key, g in part.grads.items()}
        for name, w in weights.items():
            for k in np.ndindex(w.shape):
                before, w[k] = w[k], w[k] + 1j * EPS
                exact = naive_loss(model, weights, x, y, state, seed).imag / EPS
                w[k] = before
                assert abs(grads[name][k] - exact) < 1e-9 * max(1, abs(exact)), (name, k)


@pytest.mark.parametrize("cell", ["lstm", "bigru"])
def test_a_sample_of_everything_is_the_full_softmax(cell):
    model = build(dict(V=V, cell=cell, layers=1, hidden=H), np.random.default_rng(1), np.float64)
    x, y = np.random.default_rng(2).integers(0, V, (2, T, N))
    full = model.loss_and_gradient(x, y, None, None, T * N)
    grads = model.grads.copy()
    model.grads[:] = 0
    got = model.loss_and_gradient(x, y, None, np.random.default_rng(0), T * N, Sampler(COUNTS, V))
    assert got[0] == pytest.approx(full[0], rel=1e-12) and got[1] == full[1]
    np.testing.assert_allclose(model.grads, grads, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("counts", [COUNTS, np.ones(V, int), np.array([5]), 10 ** np.arange(9)])
@pytest.mark.parametrize("K", [1, 3, 8, 11, 500])
def test_about_k_symbols_are_drawn(counts, K):
    q = drawn(counts, K)
    assert q.sum() == pytest.approx(min(K, len(counts)))
    assert (q > 0).all() and (q <= 1).all() and (np.diff(q[np.argsort(counts)]) >= -1e-12).all()


def test_the_denominator_is_right_on_average():
    rng = np.random.default_rng(5)
    p, logits, y = COUNTS / COUNTS.sum(), np.random.default_rng(6).standard_normal(V), 3
    sampler, sums = Sampler(COUNTS, 3), []
    for _ in range(20_000):
        sample = sampler.draw(np.append(rng.choice(V, 5, p=p), y)[:, np.newaxis], rng)
        z = logits[sample.symbols] - sample.log_pi
        z[sample.targets[-1, 0]] = logits[y]
        sums.append(np.exp(z).sum())
    assert np.mean(sums) == pytest.approx(np.exp(logits).sum(), rel=0.01)


SMALL = dict(
    level="word", hidden=7, embed=5, dropout=0.2, batch_size=6, seq_len=5, steps=12, shards=2, threads=1, quiet=True,
    sampled_softmax=4, lr=0.01, val=0.1,
)  # fmt: skip


def test_a_run_samples_for_its_share_and_resumes_exactly(text_file, tmp_path, monkeypatch):
    monkeypatch.setattr("minrnn.training.standing.time", SimpleNamespace(perf_counter=lambda: 0.0))
    options = resolve(SMALL | {"text": [str(text_file)], "sampled_share": 0.5})
    whole, given = Run(options), []
    gradient = whole.shards.gradient
    monkeypatch.setattr(whole.shards, "gradient", lambda *a: given.append(a[-1]) or gradient(*a))
    while not whole.over:
        whole.train_step()
        if whole.step == 4:
            whole.save(tmp_path / "part.pkl")
    assert [sampler is not None for sampler in given] == [True] * 6 + [False] * 6
    saved = checkpoint.load(tmp_path / "part.pkl")
    again = Run(resolve({"threads": 2, "quiet": True}, saved["config"]["options"]), saved)
    while not again.over:
        again.train_step()
    assert again.model.params.tobytes() == whole.model.params.tobytes()


def test_without_it_nothing_is_sampled(text_file):
    run = Run(
        resolve(
            {name: value for name, value in SMALL.items() if name != "sampled_softmax"} | {"text": [str(text_file)]}
        )
    )
    assert run.sampler is None


def test_on_the_command_line(script, text_file):
    words = ("--level", "word", *TINY, "--steps", 6, "--quiet")
    assert script("train.py", text_file, *words, "--sampled-softmax", 3, "--sampled-share", 1).returncode == 0
    assert script("train.py", text_file, *words, "--cell", "bigru", "--sampled-softmax", 3).returncode == 0
    assert_refused(script("train.py", text_file, *words, "--sampled-share", 0.5), "belongs to --sampled-softmax")
