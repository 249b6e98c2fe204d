"""The places of the matrices in the flat vector are where the cells have them."""

import numpy as np
import pytest

from cells import CELLS
from minrnn.nn.build import build
from minrnn.nn.matrices import cell_matrices


@pytest.mark.parametrize("embed, tied", [(0, False), (5, False), (7, True)])
@pytest.mark.parametrize("cell", CELLS)
def test_every_matrix_of_the_cells_is_named_and_nothing_else(cell, embed, tied):
    width = 14 if cell.startswith("bi") else 7
    model = build(dict(V=9, cell=cell, layers=2, hidden=7, embed=width if tied else embed, tie_weights=tied))
    model.params[:] = 0
    for number, (start, (m, n)) in enumerate(cell_matrices(model), 1):
        model.params[start : start + m * n] = number
    filled = [name for name, w in model.weights().items() if (w != 0).all()]
    assert all((w == w.flat[0]).all() for w in model.weights().values())
    stacks = ("forward", "backward") if cell.startswith("bi") else ("layers",)
    # The rows of a matrix after one-hot input stand for symbols.
    names = [name for name, w in model.weights().items() if name.startswith(stacks) and w.ndim == 2]
    assert filled == [name for name in names if embed or not name.endswith(".0.Wx")]
    assert {f"{stack}.1.Wx" for stack in stacks} <= set(filled)
    assert len(np.unique(model.params)) == len(filled) + 1
