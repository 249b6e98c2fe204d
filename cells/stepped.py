"""A cell whose forward pass is a compiled loop over the steps: what those of this project have in common."""

import numpy as np

from .cell import Cell
from .kernels.inputs import project
from .kernels.panels import multiply, pack, packed, panels_shape


class SteppedCell(Cell):
    """A cell that runs on arrays which exist already. A subclass has, besides `shapes` and `backward`:

        work = cell.work(T, N)              its arrays for T steps of N rows; the first is to receive x Wx
        cell.steps(x, work, before, after)  T steps; of each state what is before and after them, (T, N, H)

    So nothing is copied or packed twice, in training and one step at a time.
    """

    # A letter for each gate, where the first array of `work` (T, N, G*H) holds their values after `steps`.
    gate_letters = ""
    # Whether x Wx is one product before all steps. If not, `steps` has to multiply, and `work` begins with any array.
    projected = True

    def forward(self, x, state=None):
        """x (T, N, D) or integers (T, N); state or None for zeros -> h (T, N, H), state.

        Leaves x, the arrays of `work`, and the states before and after each step in `cache`.
        """
        x = self.checked(x)
        T, N = x.shape[:2]
        before, after = zip(*[self.trajectory(name, v, T, N) for name, v in zip(self.states, self.parts(state))])
        work = self.work(T, N)
        if self.projected:
            project(x, self.params["Wx"], out=work[0])
        self.steps(x, work, before, after)
        self.cache = x, work, before, after
        return after[0], self.state_of([v[-1].copy() for v in after])

    def stepper(self, x, state):
        own = self.detached()
        work = own.work(1, x.shape[1])
        panels = own.panels("Wx", self.params["Wx"]) if x.ndim == 3 and self.projected else None
        v = [part[np.newaxis].copy() for part in self.parts(state)]

        def step():
            if panels is not None:
                multiply(x[0], panels, work[0][0])
            own.steps(x, work, v, v)

        return v[0], step

    def activations(self):
        gates = np.split(self.cache[1][0], len(self.gate_letters), axis=2) if self.gate_letters else []
        return super().activations() | dict(zip(self.gate_letters, gates))

    def panels(self, name, W):
        """W (K, J) in the order in which `multiply` reads it."""
        if self.workspace is None:
            return packed(W)
        panels = self.buffer(name, *panels_shape(W))
        pack(W, panels)
        return panels
