"""Memory that begins at a line of the cache."""

import numpy as np
import pytest

from cells import LSTM
from cells.kernels.memory import LINE, empty
from minrnn.nn.language_model import LanguageModel


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1,), (5, 7), (2, 3, 11)])
def test_it_has_the_shape_and_begins_at_a_line(shape, dtype):
    arrays = [empty(shape, dtype) for _ in range(10)]
    for k, v in enumerate(arrays):
        assert v.shape == shape and v.dtype == dtype and v.flags.c_contiguous and v.flags.writeable
        assert v.ctypes.data % LINE == 0
        v[:] = k
    for k, v in enumerate(arrays):
        assert (v == k).all()


def test_what_kernels_work_on_begins_at_a_line():
    model = LanguageModel(7, hidden=5, rng=np.random.default_rng(0))
    assert model.params.ctypes.data % LINE == model.grads.ctypes.data % LINE == 0
    cell = LSTM(3, 5)
    for workspace in None, {}:
        cell.workspace = workspace
        assert cell.buffer("a", 3, 5).ctypes.data % LINE == 0
        assert cell.panels("Wh", cell.params["Wh"]).ctypes.data % LINE == 0
