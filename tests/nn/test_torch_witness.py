"""PyTorch as a witness: its layers, its autograd and its optimisers come to our numbers."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is the witness here; pip install torch")

from benchmarks import agreement  # noqa: E402
from benchmarks.in_torch import in_torch, torch_optimizer  # noqa: E402
from cells import CELLS  # noqa: E402
from minrnn.checkpoint.pretrained import load_weights  # noqa: E402
from minrnn.nn.build import build  # noqa: E402
from minrnn.nn.config import Regularisers  # noqa: E402
from minrnn.nn.stack import Stack  # noqa: E402
from minrnn.options.resolve import resolve  # noqa: E402
from minrnn.training.run import Run  # noqa: E402

N, D, H = 4, 5, 6
STEPS = 100


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Products this small are slower on several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def stack_of(name, layers, rng):
    """A stack with no parameter at a special value. Of bidirectional cells the upper ones read 2H columns."""
    stack = Stack(CELLS[name], D, layers, H, False, Regularisers(), {}, np.float64, rng)
    if name.startswith("bi"):
        stack.layers[1:] = [CELLS[name](2 * H, H, np.float64, rng) for _ in range(layers - 1)]
    for layer in stack.layers:
        for p in layer.params.values():
            p += 0.3 * rng.standard_normal(p.shape)
    return stack


def each(work, state):
    """The same nest of lists and tuples, with work(v) in place of every array."""
    return type(state)(each(work, part) for part in state) if isinstance(state, list | tuple) else work(state)


def leaves(state):
    """The arrays of a nest of lists and tuples, in order."""
    return [v for part in state for v in leaves(part)] if isinstance(state, list | tuple) else [state]


def assert_agree(ours, theirs, tolerance=1e-10):
    """Ours is an array, theirs a tensor; a comparison of zeros with zeros would tell nothing."""
    theirs = theirs.detach().numpy()
    assert ours.shape == theirs.shape and ours.dtype == np.float64 == theirs.dtype
    assert np.abs(theirs).max() > 1e-3
    assert np.abs(ours - theirs).max() < tolerance


@pytest.mark.parametrize("T", [1, 7])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("name", ["rnn", "gru", "lstm", "birnn", "bigru", "bilstm"])
def test_outputs_and_all_gradients_are_those_of_torch_nn(name, layers, T, rng):
    stack = stack_of(name, layers, rng)
    x, first = rng.standard_normal((T, N, D)), each(lambda v: rng.standard_normal(v.shape), stack.zero_state(N))
    h, last = stack.forward(x, first)
    dh, dlast = rng.standard_normal(h.shape), each(lambda v: rng.standard_normal(v.shape), last)
    dx, dfirst = stack.backward(dh, dlast)

    def tensor(v):
        return torch.tensor(v, requires_grad=True)

    params = [{key: tensor(p) for key, p in layer.params.items()} for layer in stack.layers]
    their_x, their_first = tensor(x), each(tensor, first)
    their_h, their_last = in_torch(name.removeprefix("bi"), params, their_x, their_first)
    torch.autograd.backward([their_h, *leaves(their_last)], [torch.from_numpy(v) for v in [dh, *leaves(dlast)]])

    assert_agree(h, their_h)
    assert_agree(dx, their_x.grad)
    assert len(leaves(last)) == len(leaves(their_last)) == layers * len(leaves(stack.layers[0].zero_state(N)))
    for ours, theirs in zip(leaves(last), leaves(their_last)):
        assert_agree(ours, theirs)
    for ours, theirs in zip(leaves(dfirst), leaves(their_first)):
        assert_agree(ours, theirs.grad)
    for layer, theirs in zip(stack.layers, params):
        assert layer.grads.keys() == theirs.keys()
        for key, ours in layer.grads.items():
            assert_agree(ours, theirs[key].grad)


def lstm_step(p, x, h, c):
    *i, f, g, o = torch.split(x @ p["Wx"] + h @ p["Wh"] + p["b"], H, dim=1)
    f = torch.sigmoid(f)
    c = f * c + (torch.sigmoid(i[0]) if i else 1 - f) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def mogrifier_step(p, x, h, c):
    for k in range(1, 5):
        if k % 2:
            x = 2 * torch.sigmoid(h @ p[f"A{k}"] @ p[f"B{k}"] + p[f"q{k}"]) * x
        else:
            h = 2 * torch.sigmoid(x @ p[f"A{k}"] @ p[f"B{k}"] + p[f"q{k}"]) * h
    return lstm_step(p, x, h, c)


def log_g(a):
    """The logarithm of the candidate, from the code in the appendix of Feng et al. 2024."""
    return torch.where(a > 0, torch.log(torch.relu(a) + 0.5), -torch.nn.functional.softplus(-a))


def mingru_step(p, x, h):
    z, n = torch.split(x @ p["Wx"] + p["b"], H, dim=1)
    softplus = torch.nn.functional.softplus
    return (torch.exp(-softplus(z)) * h + torch.exp(-softplus(-z) + log_g(n)),)


def minlstm_step(p, x, h):
    i, f, g = torch.split(x @ p["Wx"] + p["b"], H, dim=1)
    softplus = torch.nn.functional.softplus
    difference = softplus(-f) - softplus(-i)
    return (torch.exp(-softplus(difference)) * h + torch.exp(-softplus(-difference) + log_g(g)),)


@pytest.mark.parametrize(
    "name, options, step",
    [
        ("lstm", {"tie_gates": True}, lstm_step),
        ("mogrifier", {"rank": 3}, mogrifier_step),
        ("mogrifier", {"rank": 3, "tie_gates": True}, mogrifier_step),
        ("mingru", {}, mingru_step),
        ("minlstm", {}, minlstm_step),
    ],
    ids=["lstm-tied", "mogrifier", "mogrifier-tied", "mingru", "minlstm"],
)
def test_a_cell_that_torch_does_not_have_agrees_with_its_equations_under_autograd(name, options, step, rng):
    cell = CELLS[name](D, H, np.float64, rng, **options)
    for p in cell.params.values():
        p += 0.3 * rng.standard_normal(p.shape)
    x, first = rng.standard_normal((7, N, D)), each(lambda v: rng.standard_normal(v.shape), cell.zero_state(N))
    h, last = cell.forward(x, first)
    dh, dlast = rng.standard_normal(h.shape), each(lambda v: rng.standard_normal(v.shape), last)
    dx, dfirst = cell.backward(dh, dlast)

    params = {key: torch.tensor(p, requires_grad=True) for key, p in cell.params.items()}
    their_x, start = torch.tensor(x, requires_grad=True), [torch.tensor(v, requires_grad=True) for v in leaves([first])]
    state, their_h = start, []
    for x_t in their_x:
        state = step(params, x_t, *state)
        their_h.append(state[0])
    their_h = torch.stack(their_h)
    torch.autograd.backward([their_h, *state], [torch.from_numpy(v) for v in [dh, *leaves([dlast])]])
    ours = [h, *leaves([last]), dx, *leaves([dfirst]), *cell.grads.values()]
    theirs = [their_h, *state, their_x.grad, *(v.grad for v in start), *(params[key].grad for key in cell.grads)]
    for a, b in zip(ours, theirs, strict=True):
        assert_agree(a, b)


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_every_regulariser_together_has_the_gradient_of_autograd(name, rng):
    """AR 2, TAR 3, with the masks that our forward pass drew; the output reads the sum of two layers, projected."""
    T, V = 7, 9
    rates = dict(dropout=0.3, weight_drop=0.4, input_dropout=0.2, embedding_dropout=0.3)
    penalties = dict(activation_reg=2.0, temporal_reg=3.0)
    parts = dict(V=V, cell=name, layers=2, hidden=H, embed=D, skip=True, tie_weights=True, projection=D)
    model = build({**parts, **rates, **penalties}, rng, np.float64)
    model.params += 0.3 * rng.standard_normal(model.params.shape)
    x, y = rng.integers(0, V, (2, T, N))
    loss, *_ = model.loss_and_gradient(x, y, None, rng, T * N)

    w = {key: torch.tensor(p, requires_grad=True) for key, p in model.weights().items()}
    stack = model.stacks["layers"]
    rows, last, *inputs = map(
        torch.tensor, (model.embedding.mask, model.dropout.mask, *(d.mask for d in stack.dropouts))
    )
    read, outputs = (w["embedding"] * rows)[x], []
    for k, mask in enumerate(inputs):
        prefix = f"layers.{k}."
        layer = {key.removeprefix(prefix): p for key, p in w.items() if key.startswith(prefix)}
        layer["Wh"] = layer["Wh"] * torch.tensor(stack.weight_drops[k].mask)
        read, _ = in_torch(name, [layer], read * mask)
        outputs.append(read)
    h = sum(outputs)
    v = h * last
    logits = v @ w["projection.P"] @ w["embedding"].T + w["output.b"]
    their_loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), torch.tensor(y).flatten())
    (their_loss + 2 * v.pow(2).mean() + 3 * (h[1:] - h[:-1]).pow(2).mean()).backward()

    assert abs(loss - their_loss.item()) < 1e-12
    grads = {prefix + key: g for prefix, part in model.parts.items() for key, g in part.grads.items()}
    assert grads.keys() == w.keys()
    for key, ours in grads.items():
        assert_agree(ours, w[key].grad)


def run_in_double(text_file, **given):
    """A run of a model of two layers, its weights in float64."""
    options = dict(layers=2, hidden=12, batch_size=5, seq_len=7, steps=STEPS, threads=1, shards=2, output_bias="zero")
    run = Run(resolve({"text": [str(text_file)], **options, **given}))
    model = build(run.model.config, dtype=np.float64)
    load_weights(model, run.model.weights())
    run.model = model
    run.build()
    return run


def median_norm(run):
    """A norm that the gradient exceeds in half of the hundred steps."""
    norms = []
    for _ in range(STEPS):
        norms.append(-run.row_totals[3])
        run.train_step()
        norms[-1] += run.row_totals[3]
    return float(np.median(norms))


def their_loss(cell, weights, x, y, state):
    """(mean cross-entropy, last state) of a language model of two layers, of weights under our names."""
    V = len(weights["output.b"])
    v = weights["embedding"][x] if "embedding" in weights else torch.nn.functional.one_hot(x, V).double()
    prefixes = ("layers.0.", "layers.1.")
    layers = [{name.removeprefix(k): w for name, w in weights.items() if name.startswith(k)} for k in prefixes]
    h, last = in_torch(cell, layers, v, state)
    logits = h @ weights["output.W"] + weights["output.b"]
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten()), each(torch.Tensor.detach, last)


def clip_exactly(parameters, limit):
    """PyTorch's norm, and no more: its clip_grad_norm_ divides by the norm + 1e-6. Returns whether it clipped."""
    norm = torch.nn.utils.get_total_norm([p.grad for p in parameters])
    if norm > limit:
        for p in parameters:
            p.grad *= limit / norm
    return bool(norm > limit)


LEARNERS = {
    "adam": dict(optimizer="adam"),
    "rmsprop": dict(optimizer="rmsprop"),
    "momentum": dict(optimizer="sgd", momentum=0.9, lr=0.2),
}
MORE_LEARNERS = [name for name in LEARNERS if name != "adam"]


@pytest.mark.parametrize("embed", [0, pytest.param(9, marks=pytest.mark.slow)])
@pytest.mark.parametrize("learner", ["adam", *(pytest.param(name, marks=pytest.mark.slow) for name in MORE_LEARNERS)])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_hundred_training_steps_end_at_the_weights_of_pytorch(cell, learner, embed, text_file):
    options = dict(cell=cell, embed=embed, **LEARNERS[learner])
    limit = median_norm(run_in_double(text_file, clip_norm=0.0, **options))
    run = run_in_double(text_file, clip_norm=limit, **options)
    weights = {name: torch.tensor(w, requires_grad=True) for name, w in run.model.weights().items()}
    optimizer = torch_optimizer(weights.values(), run.options)
    start, state, clipped = run.model.params.copy(), None, 0
    for step in range(STEPS):
        x, y = map(torch.from_numpy, run.streams.batch(step))
        run.train_step()
        loss, state = their_loss(cell, weights, x, y, None if run.streams.starts_from_zero(step) else state)
        optimizer.zero_grad()
        loss.backward()
        clipped += clip_exactly(weights.values(), limit)
        for group in optimizer.param_groups:
            group["lr"] = run.optimizer.lr
        optimizer.step()
        assert abs(run.recent[-1] - loss.item()) < 1e-8
        for name, ours in run.model.weights().items():
            assert np.abs(ours - weights[name].detach().numpy()).max() < 1e-8, (step, name)
    assert 5 < clipped < STEPS - 5
    assert np.abs(run.model.params - start).mean() > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("flags, tolerance", [([], 1e-5), (["--float64"], 1e-13)])
def test_the_two_loss_curves_of_a_recipe_are_printed_side_by_side(flags, tolerance, tmp_path, monkeypatch, capsys):
    (tmp_path / "long.txt").write_text("the cat sat on the mat, and that was that. " * 200)
    words = ["--preset", "udacity-lstm64", "--steps", "20", *flags, str(tmp_path / "long.txt")]
    monkeypatch.setattr("sys.argv", ["agreement.py", *words])
    dtype = torch.get_default_dtype()
    try:
        agreement.main()
    finally:
        torch.set_default_dtype(dtype)
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line[:5].strip().isdecimal()]
    assert [int(step) for step, *_ in rows] == list(range(2, 21, 2))
    assert float(rows[-1][1]) < float(rows[0][1]) - 0.1  # It learns, so that there is something to agree on.
    assert float(rows[-1][3]) < tolerance
