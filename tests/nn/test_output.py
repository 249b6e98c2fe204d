"""The output layer: its loss and gradient in blocks of rows are those of the three functions one by one."""

import numpy as np
import pytest

from minrnn.nn import output
from minrnn.nn.embedding import Embedding
from minrnn.nn.output import Output, loss_in_blocks, softmax_cross_entropy

T, N, H, V = 3, 5, 4, 7


def layer(rng, tied):
    embedding = Embedding(V, H, np.float64, rng) if tied else None
    made = Output(H, V, np.float64, rng, embedding)
    made.params["b"][:] = rng.standard_normal(V)
    return made


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("logits", [1, 4 * V, 14 * V, 15 * V, 1000 * V])
def test_blocks_of_any_size_give_the_same(logits, tied, monkeypatch, rng):
    monkeypatch.setattr(output, "LOGITS", logits)
    h, y, made = rng.standard_normal((T, N, H)), rng.integers(0, V, (T, N)), layer(rng, tied)
    loss, correct, dh = made.loss_and_gradient(h, y, 20)
    dW, db = made.matrix("grads").copy(), made.grads["b"].copy()
    assert made.loss(h, y, 20) == (pytest.approx(loss, rel=1e-12), correct)
    np.testing.assert_array_equal(made.matrix("grads"), dW)  # a loss without its gradient adds nothing
    made.matrix("grads")[:] = 0
    made.grads["b"][:] = 0
    expected, right, dlogits = softmax_cross_entropy(made.forward(h), y, 20)
    assert (loss, correct) == (pytest.approx(expected, rel=1e-12), right)
    np.testing.assert_allclose(dh, made.backward(dlogits), atol=1e-14)
    np.testing.assert_allclose(dW, made.matrix("grads"), atol=1e-14)
    np.testing.assert_allclose(db, made.grads["b"], atol=1e-14)


@pytest.mark.skipif(not hasattr(loss_in_blocks, "py_func"), reason="this NumPy has no product that kernels can call")
@pytest.mark.parametrize("tied", [False, True])
def test_the_bytes_are_the_same_without_a_product_in_kernels(tied, monkeypatch, rng):
    h, y, made = rng.standard_normal((T, N, H)), rng.integers(0, V, (T, N)), layer(rng, tied)
    outcomes = []
    for function in (loss_in_blocks, loss_in_blocks.py_func):
        monkeypatch.setattr(output, "loss_in_blocks", function)
        made.matrix("grads")[:] = 0
        made.grads["b"][:] = 0
        loss, correct, dh = made.loss_and_gradient(h, y, T * N)
        outcomes.append([np.array([loss, correct]), dh, made.matrix("grads").copy(), made.grads["b"].copy()])
    for compiled, plain in zip(*outcomes):
        np.testing.assert_array_equal(compiled, plain)


def test_memory_for_logits_does_not_grow_with_the_batch(monkeypatch, rng):
    sizes, function = [], output.loss_in_blocks
    monkeypatch.setattr(output, "LOGITS", 6 * V)
    monkeypatch.setattr(output, "loss_in_blocks", lambda *a: sizes.append(a[5].shape) or function(*a))
    made = layer(rng, False)
    for T in (1, 2, 50):
        made.loss_and_gradient(rng.standard_normal((T, N, H)), rng.integers(0, V, (T, N)), 1)
    assert sizes == [(5, V), (6, V), (6, V)]


def test_wrong_symbols_are_refused(rng):
    with pytest.raises(ValueError, match="y has symbols from 0 to 7; expected 0 to 6"):
        layer(rng, False).loss_and_gradient(rng.standard_normal((1, 2, H)), np.array([[0, V]]), 1)
