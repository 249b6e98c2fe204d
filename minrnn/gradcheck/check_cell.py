"""Every gradient of a cell by itself, which reads vectors."""

import numpy as np

from cells import CELLS

from ..nn.config import width
from ..own_cell.states import filled, leaves
from .analytic import reference_of
from .check import Check, Groups, compare, copies, disturb


def check_cell(
    name: str, options: dict | None = None, T: int = 3, N: int = 4, D: int = 5, H: int = 6, seed: int = 0,
    moved: bool = True,
) -> Check:  # fmt: skip
    """A cell of CELLS by itself, reading vectors x (T, N, D); the loss is a random projection of all it returns.

    Unless `moved` is False, the second of two steps is checked: the weights have moved, and what the first one left
    must not matter.
    """
    bench = Bench(name, options or {}, T, N, D, H, seed)
    if moved:
        bench.first_step()
    values, got = bench.values(), bench.gradients(bench.dh, bench.dlast)
    source = bench.source
    loss = projection(*bench.forward(values), bench.dh, bench.dlast)

    def loss_of(v):
        return projection(*bench.reference(v), bench.dh, bench.dlast)

    # Its own forward pass cannot tell whether the forward pass is right.
    return compare(values, got, loss if source.method == "complex step" else None, loss_of, source.method)


def projection(h, last, dh, dlast):
    """The loss: every output times a random number."""
    return sum((a * b).sum(axis=(-2, -1)) for a, b in zip([*h, *last], [*dh, *dlast.values()]))


class Bench:
    """A cell with random weights, and random inputs, states and gradients to try it with."""

    def __init__(self, name: str, options: dict, T: int, N: int, D: int, H: int, seed: int = 0):
        rng = np.random.default_rng(seed)
        self.cell = CELLS[name](D, H, dtype=np.float64, rng=rng, **options)
        disturb(self.cell.params.values(), options, H, rng)
        self.first_x, self.x = rng.standard_normal((2, T, N, D))
        self.zero = self.cell.zero_state(N)
        self.states = {path: rng.standard_normal(part.shape) for path, part in leaves(self.zero)}
        self.dh = rng.standard_normal((T, N, width(name, H)))
        self.dlast = {path: rng.standard_normal(part.shape) for path, part in leaves(self.zero)}
        self.source = reference_of(name, options)

    def first_step(self) -> None:
        """A step of training before the one that is checked."""
        x, self.x = self.x, self.first_x
        self.gradients(self.dh, self.dlast)
        self.x = x
        for key, p in self.cell.params.items():
            p -= 0.01 * self.cell.grads[key]

    def values(self) -> Groups:
        """All that gradients are taken with respect to."""
        return {"parameters": copies(self.cell.params), "inputs": {"x": self.x}, "states": self.states}

    def forward(self, v: Groups) -> tuple:
        """The cell's own forward pass at these values: h and the arrays of the state."""
        for key, p in self.cell.params.items():
            p[:] = v["parameters"][key]
        h, last = self.cell.forward(v["inputs"]["x"], filled(self.zero, v["states"]))
        return h, [part for _, part in leaves(last)]

    def reference(self, v: Groups) -> tuple:
        """The same by the reference: for complex numbers too, unless it is the cell itself."""
        if self.source.run is None:
            return self.forward(v)
        return self.source.run(v["parameters"], v["inputs"]["x"], tuple(v["states"].values()))

    def gradients(self, dh: np.ndarray, dlast: dict[str, np.ndarray]) -> Groups:
        """What `backward` returns and adds, from the gradients of h (T, N, H) and of the arrays of the last state."""
        for g in self.cell.grads.values():
            g[:] = 0
        self.cell.forward(self.x, filled(self.zero, self.states))
        dx, dinitial = self.cell.backward(dh, filled(self.zero, dlast))
        return {"parameters": copies(self.cell.grads), "inputs": {"x": dx}, "states": dict(leaves(dinitial))}
