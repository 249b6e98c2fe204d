"""Every gradient of a cell by itself, which reads vectors."""

import numpy as np

from cells import CELLS

from ..nn.config import width
from . import reference
from .check import Check, compare, copies, disturb, has_naive_step
from .states import filled, leaves


def check_cell(
    name: str, options: dict | None = None, T: int = 3, N: int = 4, D: int = 5, H: int = 6, seed: int = 0
) -> Check:
    """A cell of CELLS by itself, reading vectors x (T, N, D); the loss is a random projection of all it returns."""
    options, rng = options or {}, np.random.default_rng(seed)
    cell = CELLS[name](D, H, dtype=np.float64, rng=rng, **options)
    disturb(cell.params.values(), options, H, rng)
    x = rng.standard_normal((2, T, N, D))
    zero = cell.zero_state(N)
    states = {path: rng.standard_normal(part.shape) for path, part in leaves(zero)}
    dh = rng.standard_normal((T, N, width(name, H)))
    dlast = {path: rng.standard_normal(part.shape) for path, part in leaves(zero)}

    def projection(h, last):
        return sum((a * b).sum(axis=(-2, -1)) for a, b in zip([*h, *last], [*dh, *dlast.values()]))

    def naive_loss(v):
        parts = tuple(v["states"].values())
        return projection(
            *reference.run_cell(name, v["parameters"], v["inputs"]["x"], parts, options.get("gates", "sigmoid"))
        )

    def own_loss(v):
        for key, p in cell.params.items():
            p[:] = v["parameters"][key]
        h, last = cell.forward(v["inputs"]["x"], filled(zero, v["states"]))
        return projection(h, [part for _, part in leaves(last)])

    # The second of two steps is checked: the weights have moved, and what the first one left must not matter.
    for k in range(2):
        for g in cell.grads.values():
            g[:] = 0
        cell.forward(x[k], filled(zero, states))
        dx, dinitial = cell.backward(dh, filled(zero, dlast))
        if k == 0:
            for key, p in cell.params.items():
                p -= 0.01 * cell.grads[key]
    values = {"parameters": copies(cell.params), "inputs": {"x": x[1]}, "states": states}
    got = {"parameters": copies(cell.grads), "inputs": {"x": dx}, "states": dict(leaves(dinitial))}
    exact = has_naive_step(name)
    return compare(values, got, own_loss(values) if exact else None, naive_loss if exact else own_loss, exact)
