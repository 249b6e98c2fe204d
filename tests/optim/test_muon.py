"""Muon's rounds in groups are those on the matrix itself, and the step is PyTorch's."""

import numpy as np
import pytest
from test_optim import newton_schulz

from optim import Muon
from optim.muon import orthogonal

SHAPES = [(24, 96), (96, 24), (33, 33), (7, 5), (1, 6)]
KINDS = ["random", "rank 3", "rows of very different sizes"]


def matrix(kind, shape, rng):
    U = rng.standard_normal(shape)
    if kind == "rank 3":
        U = U[:, :3] @ rng.standard_normal((U[:, :3].shape[1], shape[1])) + 1e-6 * U
    elif kind != "random":
        U *= np.logspace(-6, 0, len(U))[:, np.newaxis]
    return U


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype, close", [(np.float32, 1e-3), (np.float64, 1e-9)])
def test_groups_of_rounds_give_what_the_rounds_on_the_matrix_give(dtype, close, kind, shape, rng):
    U = matrix(kind, shape, rng)
    X, expected = orthogonal(U.astype(dtype)), newton_schulz(U)
    assert X.dtype == dtype and X.shape == shape
    assert np.linalg.norm(X - expected) < close * np.linalg.norm(expected)


def test_the_step_is_as_long_in_every_direction_and_keeps_the_directions(rng):
    left, _, right = np.linalg.svd(rng.standard_normal((12, 31)), full_matrices=False)
    X = orthogonal(left * np.linspace(1, 20, 12) @ right)
    new = np.diag(left.T @ X @ right.T)
    np.testing.assert_allclose(left * new @ right, X, atol=1e-12)
    assert 0.65 < new.min() <= new.max() < 1.25


@pytest.mark.parametrize("scale", [1e-30, 1e30, 0.0])
def test_neither_a_tiny_nor_a_huge_gradient_gives_what_is_not_finite(scale, rng):
    U = (scale * rng.standard_normal((5, 9))).astype(np.float32)
    with np.errstate(all="ignore"):
        assert np.isfinite(orthogonal(U)).all()


def test_pytorch_takes_the_same_steps(rng, monkeypatch):
    torch = pytest.importorskip("torch")
    # PyTorch's rounds are in bfloat16, which has three digits.
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda v: v.clone())
    shapes, places, size = [(5, 8), (7, 3), (4, 4)], [], 3
    for m, n in shapes:
        places.append((size, (m, n)))
        size += m * n + 2
    ours, options = rng.standard_normal(size), {"momentum": 0.9, "weight_decay": 0.1}
    parts = [slice(start, start + m * n) for start, (m, n) in places]
    theirs = [torch.tensor(ours[part].reshape(shape), requires_grad=True) for part, shape in zip(parts, shapes)]
    muon = Muon(size, 0.03, matrices=places, **options)
    witness = torch.optim.Muon(theirs, 0.03, adjust_lr_fn="match_rms_adamw", **options)
    for _ in range(30):
        grads = rng.standard_normal(size)
        muon.step(ours, grads)
        for part, shape, w in zip(parts, shapes, theirs):
            w.grad = torch.tensor(grads[part].reshape(shape))
        witness.step()
    for part, w in zip(parts, theirs):
        np.testing.assert_allclose(ours[part], w.detach().numpy().ravel(), rtol=1e-9, atol=1e-9)
