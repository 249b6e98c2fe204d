"""Cells on top of one another: the output of each, some of it dropped, is the input of the next."""

import numpy as np

from . import DROPOUT_PLACES
from .dropout import Dropout


class Stack:
    """`layers` cells of `hidden` units over inputs of size D; `options` go to the cells.

    What the last cell puts out is dropped from by the model that owns the stack. So dropout at the
    "outputs" of all layers is dropout at the inputs of all but the first; "inputs" is at that one too.
    """

    def __init__(self, cell, D, layers, hidden, dropout, dropout_at, dropout_mask, options, dtype, rng):
        if dropout_at not in DROPOUT_PLACES:
            raise ValueError(f"dropout is at {dropout_at!r}; expected one of {', '.join(DROPOUT_PLACES)}")
        self.D, self.dtype = D, np.dtype(dtype)
        self.layers = [cell(size, hidden, dtype=dtype, rng=rng, **options) for size in [D] + [hidden] * (layers - 1)]
        first = dropout if dropout_at == "inputs" else 0.0
        self.dropouts = [Dropout(p, dropout_mask, self.dtype) for p in [first] + [dropout] * (layers - 1)]

    def zero_state(self, N):
        """The state of all layers for N streams that begin here, a list."""
        return [layer.zero_state(N) for layer in self.layers]

    def forward(self, x, state=None, rng=None):
        """x (T, N, D) or integers (T, N), state a list with one entry a layer -> h (T, N, H), state.

        Dropout is on when a random generator is given.
        """
        state = [None] * len(self.layers) if state is None else state
        # A row that elements are dropped from is one-hot no more, and cannot be gathered.
        h = self.one_hot(x) if x.ndim == 2 and self.dropouts[0].drops(rng) else x
        last = []
        for dropout, layer, initial in zip(self.dropouts, self.layers, state):
            h, final = layer.forward(dropout.forward(h, rng), initial)
            last.append(final)
        return h, last

    def stepper(self, x, state):
        """`forward` one step at a time, without dropout: (h (1, N, H), a function); see `Cell.stepper`."""
        steps = []
        for layer, initial in zip(self.layers, state):
            x, step = layer.stepper(x, initial)
            steps.append(step)

        def step_all():
            for step in steps:
                step()

        return x, step_all

    def backward(self, dh, dstate=None):
        """dh (T, N, H), dstate of the final state (None: zero) -> dx or None for symbols, dstate of the initial."""
        dstate = [None] * len(self.layers) if dstate is None else dstate
        first = []
        for dropout, layer, dfinal in zip(self.dropouts[::-1], self.layers[::-1], dstate[::-1]):
            dh, dinitial = layer.backward(dh, dfinal)
            dh = dropout.backward(dh)
            first.append(dinitial)
        return dh, first[::-1]

    def one_hot(self, x):
        """Integers (T, N) as rows (T, N, D)."""
        rows = np.zeros((*x.shape, self.D), self.dtype)
        np.put_along_axis(rows, x[..., np.newaxis], 1, axis=2)
        return rows
