"""The numbers of a score: with the state carried, and from a zero state every 256 symbols."""

import numpy as np
import pytest

from minrnn.generation.score import RESET, ROWS, cut, reset_loss
from minrnn.nn.build import build


@pytest.mark.parametrize("n", [1, 255, 256, 257, 256 * (ROWS + 1) + 3])
def test_windows_have_every_symbol_as_a_target_once_in_its_place(n):
    framed = np.arange(n + 1)
    batches = list(cut(framed, RESET, ROWS))
    np.testing.assert_array_equal(np.concatenate([y.T.ravel() for _, y in batches]), framed[1:])
    for x, y in batches:
        np.testing.assert_array_equal(y, x + 1)
        assert len(x) <= RESET and x.shape[1] <= ROWS
        assert (x[0] % RESET == 0).all()


@pytest.mark.parametrize("cell", ["gru", "bilstm"])
def test_the_reset_number_is_the_mean_over_windows_read_alone(cell, rng):
    model = build({"V": 5, "cell": cell, "layers": 2, "hidden": 6}, np.random.default_rng(1))
    framed = rng.integers(5, size=2 * RESET + 77)
    total = 0.0
    for k in range(0, len(framed) - 1, RESET):
        window = framed[k : k + RESET + 1, np.newaxis]
        total += model.loss(window[:-1], window[1:])[0]
    assert reset_loss(model, framed) == pytest.approx(total / (len(framed) - 1), rel=1e-5)
