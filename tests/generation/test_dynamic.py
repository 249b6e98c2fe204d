"""Dynamic evaluation: the formula, against NumPy and PyTorch; what it gains; and that the model stays."""

import numpy as np
import pytest

from data import TextError
from minrnn.generation import dynamic
from minrnn.nn.build import build
from minrnn.system.errors import OptionError

V = 6


def small_model(cell="lstm", dtype=np.float64, **sizes):
    sizes = {"V": V, "layers": 2, "hidden": 5, "embed": 3, "dropout": 0.5, **sizes}
    return build({"cell": cell, **sizes}, np.random.default_rng(1), dtype)


def static(model, framed):
    return model.loss(framed[:-1, np.newaxis], framed[1:, np.newaxis], None, None, len(framed) - 1)[0]


def naive(p, p0, g, M, rate, eps, decay, mean):
    """Equation (2) in NumPy: the new p."""
    return p - rate * g / (M + eps) + np.minimum(1, decay * M / mean) * (p0 - p)


def random_M(model, rng):
    return rng.gamma(1, 0.1, model.params.size).astype(model.dtype)


def test_the_update_is_that_of_the_equations(rng):
    p0, M = rng.standard_normal(999), rng.gamma(1, 1, 999) * (rng.random(999) < 0.9)
    p, expected = p0.copy(), p0
    for _ in range(4):
        g = rng.standard_normal(999)
        expected = naive(expected, p0, g, M, 0.1, 0.02, 0.4, M.mean())
        dynamic.update(p, g, p0, M, 0.1, 0.02, 0.4 / M.mean())
        np.testing.assert_allclose(p, expected, rtol=1e-12)
        assert not g.any()


def test_the_usual_gradient_of_segments_in_a_row_is_their_root_mean_square(rng, monkeypatch):
    monkeypatch.setattr(dynamic, "ROWS", 1)
    model, symbols = small_model(), rng.integers(V, size=60)
    state, squares = None, []
    for k in range(0, 56, 7):
        x, y = symbols[k : k + 7, np.newaxis], symbols[k + 1 : k + 8, np.newaxis]
        model.grads[:] = 0
        _, _, state = model.loss_and_gradient(x, y, state, None, 7)
        squares.append(model.grads**2)
    x, y = symbols[56:59, np.newaxis], symbols[57:, np.newaxis]
    model.grads[:] = 0
    model.loss_and_gradient(x, y, state, None, 3)
    expected = np.sqrt(np.mean([*squares, model.grads**2], axis=0))
    np.testing.assert_allclose(dynamic.usual_gradient(model, symbols, 7), expected, rtol=1e-9)


def test_segments_side_by_side_have_nearly_the_same_usual_gradient(rng, monkeypatch):
    model, symbols = small_model(), rng.integers(V, size=30_000)
    for cell in model.stacks["layers"].layers:
        # With small weights, no mean gradient stands out, which segments side by side would count more.
        cell.params["Wx"] *= np.sqrt(cell.D / (3 * cell.H))
    many = dynamic.usual_gradient(model, symbols, 20)
    monkeypatch.setattr(dynamic, "ROWS", 1)
    monkeypatch.setattr(dynamic, "BATCHES", 1500)
    one = dynamic.usual_gradient(model, symbols, 20)
    assert abs(np.log(many.mean() / one.mean())) < 0.1
    assert np.corrcoef(many, one)[0, 1] > 0.95


def test_pytorch_with_the_same_updates_has_the_same_loss(rng):
    """Three segments of 4 symbols and one of 2; the pull to the trained weights shows from the third one on."""
    torch = pytest.importorskip("torch")
    model, framed, T = small_model(), rng.integers(V, size=15), 4
    M = random_M(model, rng)
    weights = {name: torch.tensor(w, requires_grad=True) for name, w in model.weights().items()}
    trained = {name: w.detach().numpy().copy() for name, w in weights.items()}
    ends = np.cumsum([w.numel() for w in weights.values()])[:-1]
    total, state = 0.0, [(torch.zeros(5, dtype=torch.float64), torch.zeros(5, dtype=torch.float64)) for _ in range(2)]

    def step(v):
        for k, (h, c) in enumerate(state):
            a = v @ weights[f"layers.{k}.Wx"] + h @ weights[f"layers.{k}.Wh"] + weights[f"layers.{k}.b"]
            i, f, g, o = a.split(5)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            v = torch.sigmoid(o) * torch.tanh(c)
            state[k] = v, c
        return v @ weights["output.W"] + weights["output.b"]

    for k in range(0, 14, T):
        x, y = framed[:-1][k : k + T], framed[1:][k : k + T]
        logits = torch.stack([step(weights["embedding"][symbol]) for symbol in x])
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(y))
        total += loss.item() * len(x)
        grads = torch.autograd.grad(loss, list(weights.values()))
        state[:] = [(h.detach(), c.detach()) for h, c in state]
        for (name, w), g, part in zip(weights.items(), grads, np.split(M, ends)):
            p, g, part = w.detach().numpy(), g.numpy(), part.reshape(w.shape)
            w.data = torch.tensor(naive(p, trained[name], g, part, 0.05, 0.2 * M.mean(), 0.1, M.mean()))
    loss, _ = dynamic.evaluate(model, framed, M, rate=0.05, decay=0.1, T=T)
    assert loss == pytest.approx(total / 14, rel=1e-9)
    assert loss != pytest.approx(static(model, framed), rel=1e-3)


def test_at_a_rate_of_nearly_nothing_it_is_the_static_loss(rng):
    model, framed = small_model("gru"), rng.integers(V, size=50)
    loss, _ = dynamic.evaluate(model, framed, random_M(model, rng), rate=1e-12, decay=1e-3, T=7)
    assert loss == pytest.approx(static(model, framed), rel=1e-9)


def test_a_copy_learns_and_the_model_stays_as_it_is(rng, monkeypatch):
    model, framed = small_model(dtype=np.float32), rng.integers(V, size=99)
    before, learned, update = model.params.tobytes(), [], dynamic.update

    def watched(p, *arguments):
        update(p, *arguments)
        learned.append(p.tobytes())
        assert model.params.tobytes() == before and not model.grads.any()

    monkeypatch.setattr(dynamic, "update", watched)
    dynamic.evaluate(model, framed, random_M(model, rng), 0.01, 0.01, 20)
    assert len({before, *learned}) == 6


def test_a_vocabulary_of_one_symbol_has_nothing_to_learn():
    model, zeros = small_model(V=1), np.zeros(30, np.intp)
    M = dynamic.usual_gradient(model, zeros, 4)
    assert not M.any()
    assert dynamic.evaluate(model, zeros, M, rate=0.01, decay=0.01, T=4) == (0, 1)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_too_high_a_rate_is_told(rng):
    model = small_model(dtype=np.float32)
    with pytest.raises(OptionError, match=r"--dynamic-rate 1e\+12 makes the loss (nan|inf); give a lower one"):
        dynamic.evaluate(model, rng.integers(V, size=99), random_M(model, rng), rate=1e12, decay=0, T=5)


def test_a_bidirectional_model_is_refused(rng):
    with pytest.raises(OptionError, match="cell bigru"):
        dynamic.usual_gradient(small_model("bigru"), rng.integers(V, size=9), T=5)


def test_a_text_of_one_symbol_is_too_short_for_statistics():
    with pytest.raises(TextError, match="too short"):
        dynamic.usual_gradient(small_model(), np.array([1]), T=5)
