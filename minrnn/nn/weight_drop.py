"""DropConnect on the recurrent matrix of a cell (Wan et al. 2013, Merity et al. 2017).

One mask M serves all time steps of a batch, so the recurrence stays the same function at every step.
    (1)  M = (random >= p) / (1 - p),  M (H, G*H) as Wh
    (2)  Wh' = Wh M, and the cell reads Wh'
    (2') dWh = dWh' M
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from cells.cell import Cell, State

from .dropout import drawn_mask


class WeightDrop:
    """Runs a cell, and in passes with a random generator drops each element of its Wh with probability p.

    The cell's own `params` and `grads` have Wh' and dWh' only while one of the two methods runs, so everybody else
    always sees the full weights.
    """

    def __init__(self, p: float):
        self.p = p
        self.mask = self.dropped = None

    def forward(
        self, cell: Cell, x: np.ndarray, state: State | None, rng: np.random.Generator | None
    ) -> tuple[np.ndarray, State]:
        """`cell.forward(x, state)`, with a new mask if there is a generator."""
        self.mask = None
        if rng is None or not self.p:
            return cell.forward(x, state)
        if "Wh" not in cell.params:
            raise ValueError(f"{type(cell).__name__} has no recurrent matrix Wh for weight_drop {self.p}; leave it out")
        Wh = cell.params["Wh"]
        self.mask = drawn_mask(Wh.shape, self.p, rng, Wh.dtype)  # (1)
        self.dropped = Wh * self.mask  # (2)
        with replaced(cell.params, self.dropped):
            return cell.forward(x, state)

    def backward(self, cell: Cell, dh: np.ndarray, dstate: State | None) -> tuple[np.ndarray | None, State]:
        """`cell.backward(dh, dstate)`, after the last `forward`."""
        if self.mask is None:
            return cell.backward(dh, dstate)
        gradient = np.zeros_like(self.mask)
        with replaced(cell.params, self.dropped), replaced(cell.grads, gradient):
            result = cell.backward(dh, dstate)
        cell.grads["Wh"] += gradient * self.mask  # (2')
        return result


@contextmanager
def replaced(arrays: dict[str, np.ndarray], Wh: np.ndarray) -> Iterator[None]:
    """Puts this Wh into the params or the grads of a cell for a while."""
    own = arrays["Wh"]
    arrays["Wh"] = Wh
    try:
        yield
    finally:
        arrays["Wh"] = own
