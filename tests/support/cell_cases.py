"""Every cell with every option that changes its equations, small and at no special value, for tests of cells."""

import numpy as np
import pytest

from cells import CELLS, Bidirectional

T, N, D, H = 3, 4, 5, 6
KINDS = [
    *((name, {}) for name in CELLS),
    ("gru", {"reset": "before"}),
    ("gru", {"gates": "hard"}),
    ("gru", {"reset": "before", "gates": "hard"}),
    ("gru", {"gate_bias": 1.0}),
    ("lstm", {"gates": "hard"}),
    ("lstm", {"forget_bias": 0.0}),
    ("lstm", {"tie_gates": True}),
    ("lstm", {"tie_gates": True, "gates": "hard"}),
    ("mixgru", {"transforms": 2}),
    ("mogrifier", {"rounds": 1, "rank": 20}),
    ("mogrifier", {"rounds": 2, "rank": 3}),
    ("mogrifier", {"rounds": 5, "rank": 1, "tie_gates": True}),
    ("bigru", {"reset": "before", "gate_bias": 1.0}),
    ("bilstm", {"gates": "hard"}),
    ("bilstm", {"tie_gates": True}),
]


def over(kinds):
    """A test for each of these cells and options."""
    ids = ["-".join([name, *map(str, options.values())]) for name, options in kinds]
    return pytest.mark.parametrize("name, options", kinds, ids=ids)


def both_ways(name):
    return issubclass(CELLS[name], Bidirectional)


every_cell = over(KINDS)
every_one_way_cell = over([kind for kind in KINDS if not both_ways(kind[0])])
every_hard_cell = over([kind for kind in KINDS if kind[1].get("gates") == "hard"])
every_bidirectional_cell = over([kind for kind in KINDS if both_ways(kind[0])])


def make(name, options, rng, dtype=np.float64):
    """A cell with no parameter at a special value, and with hard gates that are often closed or open."""
    cell = CELLS[name](D, H, dtype=dtype, rng=rng, **options)
    noise = 0.8 if options.get("gates") == "hard" else 0.3
    for p in cell.params.values():
        p += noise * rng.standard_normal(p.shape)
    return cell


def with_c(name):
    """Whether the state of a cell is (h, c), and not h alone."""
    return name in ("lstm", "lnlstm", "mogrifier", "bilstm")


def width(name):
    """How many columns the output of a cell has."""
    return 2 * H if both_ways(name) else H


def leaves(state):
    """The arrays of a state, which is an array or a tuple of states."""
    return [leaf for part in state for leaf in leaves(part)] if isinstance(state, tuple) else [state]


def random_state(cell, rng):
    def noise(part):
        return tuple(map(noise, part)) if isinstance(part, tuple) else rng.standard_normal(part.shape)

    return noise(cell.zero_state(N))


def case(name, options, rng):
    """A cell, and something for every argument of its forward and backward pass."""
    cell = make(name, options, rng)
    x, state = rng.standard_normal((T, N, D)), random_state(cell, rng)
    dh, dstate = rng.standard_normal((T, N, width(name))), random_state(cell, rng)
    return cell, x, state, dh, dstate
