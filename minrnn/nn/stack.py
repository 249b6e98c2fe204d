"""Cells on top of one another: the output of each, after dropout, is the input of the next.

A stack puts out what its last layer does, or with `skip` the sum of all L layers:
    (1)  y = h_1 + ... + h_L
    (1') dh_L = dy,  dh_k = dy + what comes from layer k + 1, through dropout
"""

from collections.abc import Callable

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from cells.cell import Cell, State

from . import DROPOUT_PLACES
from .config import Regularisers
from .dropout import Dropout
from .weight_drop import WeightDrop

States = list[State]  # the state of a stack: that of each layer
Step = Callable[[], None]


class Stack:
    """`layers` cells of `hidden` units over inputs of size D; `options` go to the cells.

    The model that owns the stack applies dropout to what it puts out: with `skip`, one mask to the sum. So
    `dropout_at` "outputs" is dropout at the inputs of all layers but the first, and "inputs" adds the first.
    """

    def __init__(
        self, cell: type[Cell], D: int, layers: int, hidden: int, skip: bool, regularisers: Regularisers,
        options: dict, dtype, rng: Generator,
    ):  # fmt: skip
        r = regularisers
        if r.dropout_at not in DROPOUT_PLACES:
            raise ValueError(f"dropout is at {r.dropout_at!r}; expected one of {', '.join(DROPOUT_PLACES)}")
        self.D, self.dtype, self.skip = D, np.dtype(dtype), skip
        self.layers = [cell(size, hidden, dtype=dtype, rng=rng, **options) for size in [D] + [hidden] * (layers - 1)]
        self.weight_drops = [WeightDrop(r.weight_drop) for _ in self.layers]
        first = r.input_dropout or (r.dropout if r.dropout_at == "inputs" else 0.0)
        self.dropouts = [Dropout(p, r.dropout_mask, self.dtype) for p in [first] + [r.dropout] * (layers - 1)]
        # Those that have the rate `dropout`.
        self.common = self.dropouts[bool(r.input_dropout or r.dropout_at == "outputs") :]

    def set_dropout(self, p: float) -> None:
        """Another rate in place of `dropout`, from the next masks on."""
        for dropout in self.common:
            dropout.set_dropout(p)

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
        outputs, last = [], []
        for dropout, weight_drop, layer, initial in zip(self.dropouts, self.weight_drops, self.layers, state):
            h, final = weight_drop.forward(layer, dropout.forward(h, rng), initial, rng)
            outputs.append(h)
            last.append(final)
        return self.joined(outputs), last

    def joined(self, outputs: list[ndarray]) -> ndarray:
        """What the stack puts out, from the outputs of all layers."""
        return sum(outputs[1:], outputs[0]) if self.skip else outputs[-1]  # (1)

    def backward(self, dy: ndarray, dstate: States | None = None) -> tuple[ndarray | None, States]:
        """dy (T, N, H), dstate of the final state (None: zero) -> dx or None for symbols, dstate of the initial."""
        dstate = [None] * len(self.layers) if dstate is None else dstate
        dh, first = dy, []
        for k in range(len(self.layers) - 1, -1, -1):
            dh, dinitial = self.weight_drops[k].backward(self.layers[k], dh, dstate[k])
            dh = self.dropouts[k].backward(dh)
            if self.skip and k:
                dh += dy  # (1')
            first.append(dinitial)
        return dh, first[::-1]

    def hidden(self, state: States) -> ndarray:
        """What the stack put out at the step after which this was its state: (N, H)."""
        return self.joined([hidden(part) for part in state])

    def hidden_backward(self, dh: ndarray, dstate: States) -> None:
        """Adds to the gradient of a state what dh (N, H), the gradient of `hidden` of that state, gives it."""
        for part in dstate if self.skip else dstate[-1:]:
            hidden(part)[:] += dh

    def stepper(self, x: ndarray, state: States) -> tuple[ndarray, list[Step]]:
        """`Cell.stepper` of all layers, without dropout: (h (1, N, H), functions to call in this order)."""
        outputs, steps = [], []
        for layer, initial in zip(self.layers, state):
            x, step = layer.stepper(x, initial)
            outputs.append(x)
            steps.append(step)
        if not self.skip:
            return x, steps
        total = np.empty_like(x)
        return total, [*steps, lambda: np.copyto(total, self.joined(outputs))]

    def one_hot(self, x: ndarray) -> ndarray:
        """Integers (T, N) as rows (T, N, D)."""
        rows = np.zeros((*x.shape, self.D), self.dtype)
        np.put_along_axis(rows, x[..., np.newaxis], 1, axis=2)
        return rows


def hidden(state: State) -> ndarray:
    """The hidden state h (N, H) of a layer's state."""
    return state[0] if isinstance(state, tuple) else state


def in_turn(steps: list[Step]) -> Step:
    """A function that calls all of these."""

    def step():
        for each in steps:
            each()

    return step
