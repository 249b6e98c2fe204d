"""Bidirectional cells: two cells of their own, each of which sees the whole sequence."""

import numpy as np
from cell_cases import D, H, N, T, case, every_bidirectional_cell, leaves, width

from cells import CELLS
from minrnn.gradcheck import reference


@every_bidirectional_cell
def test_the_two_directions_start_with_different_weights(name, options, rng):
    cell = CELLS[name](D, H, rng=rng, **options)
    for key in ("Wx", "Wh"):
        assert (cell.params[f"forward.{key}"] != cell.params[f"backward.{key}"]).all()


@every_bidirectional_cell
def test_both_directions_use_the_arrays_that_stand_in_the_dicts(name, options, rng):
    """As after LanguageModel.flatten, which puts views of one vector there."""
    cell, x, state, dh, dstate = case(name, options, rng)
    cell.forward(x, state)
    for key in cell.params:
        cell.params[key] = rng.standard_normal(cell.params[key].shape)
        cell.grads[key] = np.zeros_like(cell.grads[key])
    h, _ = cell.forward(x, state)
    expected, _ = reference.run_cell(name, cell.params, x, leaves(state), options.get("gates", "sigmoid"))
    np.testing.assert_allclose(h, expected, atol=1e-14)
    for key in cell.grads:
        cell.grads[key] = np.zeros_like(cell.grads[key])
    cell.backward(dh, dstate)
    assert all(g.any() for g in cell.grads.values())


@every_bidirectional_cell
def test_both_directions_see_the_whole_sequence(name, options, rng):
    """The last output depends on the first input and the first output on the last input."""
    cell, x, _, _, _ = case(name, options, rng)
    for t in (0, T - 1):
        dh = np.zeros((T, N, width(name)))
        dh[t] = 1
        cell.forward(x)
        dx, _ = cell.backward(dh)
        assert dx.any(axis=(1, 2)).all()
