"""A stepper computes one step after another, as for samples, and equals the whole sequence."""

import numpy as np
from cell_cases import D, H, N, T, case, every_one_way_cell, leaves

from cells import CELLS


@every_one_way_cell
def test_a_stepper_equals_the_whole_sequence(name, options, rng):
    """With vectors, and with symbols to the byte, and whatever stands beside a row."""
    cell, x, state, _, _ = case(name, options, rng)
    for dtype, error, v in (
        (np.float32, 1e-6, x), (np.float64, 1e-14, x), (np.float32, 0, rng.integers(0, D, (T, N))),
    ):  # fmt: skip
        cell = CELLS[name](D, H, dtype=dtype, rng=rng, **options)
        v = v if v.ndim == 2 else v.astype(dtype)
        start = [leaf.astype(dtype) for leaf in leaves(state)]
        for part in (slice(0, N), slice(1, 2)):
            cut = [leaf[part] for leaf in start]
            cut = tuple(cut) if len(cell.states) > 1 else cut[0]
            expected, _ = cell.forward(v[:, part], cut)
            here = np.zeros_like(v[:1, part])
            h, step = cell.stepper(here, cut)
            for t in range(T):
                here[:] = v[t : t + 1, part]
                step()
                np.testing.assert_allclose(h[0], expected[t], rtol=0, atol=error)


def test_a_stepper_leaves_the_values_of_the_last_forward_alone(rng):
    cell = CELLS["lstm"](D, H, rng=rng)
    cell.workspace = {}
    _, state = cell.forward(rng.integers(0, D, (T, N)))
    kept = {name: v.copy() for name, v in cell.activations().items()}
    _, step = cell.stepper(np.ones((1, N), int), state)
    step()
    assert kept.keys() == set("hcifgo")
    for name, v in cell.activations().items():
        np.testing.assert_array_equal(v, kept[name])
