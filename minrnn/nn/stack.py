"""Cells on top of one another: the output of each, after dropout, is the input of the next."""

from collections.abc import Callable

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from cells.cell import Cell, State

from . import DROPOUT_PLACES
from .dropout import Dropout

States = list[State]  # the state of a stack: that of each layer
Step = Callable[[], None]


class Stack:
    """`layers` cells of `hidden` units over inputs of size D; `options` go to the cells.

    The model that owns the stack applies dropout to what the last cell puts out. So "outputs" is dropout
    at the inputs of all layers but the first, and "inputs" adds the first.
    """

    def __init__(
        self, cell: type[Cell], D: int, layers: int, hidden: int, dropout: float, dropout_at: str, dropout_mask: str,
        options: dict, dtype, rng: Generator,
    ):  # fmt: skip
        if dropout_at not in DROPOUT_PLACES:
            raise ValueError(f"dropout is at {dropout_at!r}; expected one of {', '.join(DROPOUT_PLACES)}")
        self.D, self.dtype = D, np.dtype(dtype)
        self.layers = [cell(size, hidden, dtype=dtype, rng=rng, **options) for size in [D] + [hidden] * (layers - 1)]
        first = dropout if dropout_at == "inputs" else 0.0
        self.dropouts = [Dropout(p, dropout_mask, self.dtype) for p in [first] + [dropout] * (layers - 1)]

    def zero_state(self, N: int) -> States:
        """The state of all layers for N streams that start here."""
        return [layer.zero_state(N) for layer in self.layers]

    def forward(self, x: ndarray, state: States | None = None, rng: Generator | None = None) -> tuple[ndarray, States]:
        """x (T, N, D) or integers (T, N), state a list with one entry a layer -> h (T, N, H), state.

        Dropout is on when a random generator is given.
        """
        state = [None] * len(self.layers) if state is None else state
        # A row with elements dropped is not one-hot any more, and cannot be gathered.
        h = self.one_hot(x) if x.ndim == 2 and self.dropouts[0].drops(rng) else x
        last = []
        for dropout, layer, initial in zip(self.dropouts, self.layers, state):
            h, final = layer.forward(dropout.forward(h, rng), initial)
            last.append(final)
        return h, last

    def backward(self, dh: ndarray, dstate: States | None = None) -> tuple[ndarray | None, States]:
        """dh (T, N, H), dstate of the final state (None: zero) -> dx or None for symbols, dstate of the initial."""
        dstate = [None] * len(self.layers) if dstate is None else dstate
        first = []
        for dropout, layer, dfinal in zip(self.dropouts[::-1], self.layers[::-1], dstate[::-1]):
            dh, dinitial = layer.backward(dh, dfinal)
            dh = dropout.backward(dh)
            first.append(dinitial)
        return dh, first[::-1]

    def stepper(self, x: ndarray, state: States) -> tuple[ndarray, list[Step]]:
        """`Cell.stepper` of all layers, without dropout: (h (1, N, H), functions to call in this order)."""
        steps = []
        for layer, initial in zip(self.layers, state):
            x, step = layer.stepper(x, initial)
            steps.append(step)
        return x, steps

    def one_hot(self, x: ndarray) -> ndarray:
        """Integers (T, N) as rows (T, N, D)."""
        rows = np.zeros((*x.shape, self.D), self.dtype)
        np.put_along_axis(rows, x[..., np.newaxis], 1, axis=2)
        return rows


def in_turn(steps: list[Step]) -> Step:
    """A function that calls all of these."""

    def step():
        for each in steps:
            each()

    return step
