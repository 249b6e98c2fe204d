"""Two cells of one kind over the same sequence, one from its start and one from its end (Schuster and
Paliwal 1997), for tasks that label every time step and may look at all of it.

Forward, where the second cell reads x backwards:
    (1)  h_f[t] from x[0] .. x[t],  h_b[t] from x[T-1] .. x[t]
    (2)  h[t] = [h_f[t] | h_b[t]], 2H columns

Backward:
    (2') dh_above_f[t], dh_above_b[t] = the two halves of dh_above[t]
    (1') dx = dx of the one cell + dx of the other

Not for predicting the next symbol: h_b[t] has read it.
"""

import numpy as np

from .cell import Cell, fitting
from .gru import GRU
from .lstm import LSTM
from .rnn import RNN

SIDES = ("forward", "backward")


class Bidirectional(Cell):
    """Two cells of one `kind`, which a subclass names. State: (forward state, backward state after t = 0).

    The parameters of both stand together as "forward.Wx", "backward.Wx" and so on. Options go to
    both. The output h has 2H columns. Memory a symbol: twice that of the kind, and 2 H numbers.
    """

    kind: type[Cell]
    states = SIDES

    @classmethod
    def shapes(cls, D, H, **options):
        """The shapes of `kind` twice, each name with its side before it."""
        half = cls.kind.shapes(D, H, **options)
        return {f"{side}.{name}": shape for side in SIDES for name, shape in half.items()}

    def initial_params(self, rng, **options):
        """Makes both halves, which draw their parameters, the forward one first."""
        self.halves = {side: self.kind(self.D, self.H, self.dtype, rng, **options) for side in SIDES}
        return {f"{side}.{name}": p for side, half in self.halves.items() for name, p in half.params.items()}

    def shared(self):
        """The halves, which now have the parameters, gradients and workspace of this cell.

        The owner of the cell may have put other arrays into the dicts since the last call.
        """
        for side, half in self.halves.items():
            for name in half.params:
                half.params[name] = self.params[f"{side}.{name}"]
                half.grads[name] = self.grads[f"{side}.{name}"]
            half.workspace = None if self.workspace is None else self.workspace.setdefault(side, {})
        return self.halves.values()

    def forward(self, x, state=None):
        """x (T, N, D) or integers (T, N); state a pair or None for zeros -> h (T, N, 2H), state."""
        ahead, behind = self.shared()
        x = self.checked(x)
        first_f, first_b = self.parts(state)
        h_f, last_f = ahead.forward(x, first_f)
        h_b, last_b = behind.forward(x[::-1], first_b)  # (1)
        h = self.buffer("h", *h_f.shape[:2], 2 * self.H)
        h[:, :, : self.H], h[:, :, self.H :] = h_f, h_b[::-1]  # (2)
        self.cache = h
        return h, (last_f, last_b)

    def backward(self, dh, dstate=None):
        """dh (T, N, 2H) from above, dstate a pair or None -> dx (T, N, D) or None for symbols, dstate."""
        ahead, behind = self.shared()
        dh_above = np.asarray(fitting(dh, self.cache.shape, "dh"))
        dlast_f, dlast_b = self.parts(dstate)
        dx, dfirst_f = ahead.backward(dh_above[:, :, : self.H], dlast_f)  # (2')
        dx_b, dfirst_b = behind.backward(dh_above[::-1, :, self.H :], dlast_b)
        if dx is not None:
            dx += dx_b[::-1]  # (1')
        return dx, (dfirst_f, dfirst_b)

    def activations(self):
        """Those of both halves by the time of x, each name with its side before it: (T, N, H) each."""
        ahead, behind = (half.activations() for half in self.halves.values())
        return {f"forward.{name}": v for name, v in ahead.items()} | {
            f"backward.{name}": v[::-1] for name, v in behind.items()
        }

    def zero_state(self, N):
        """The state that `None` stands for."""
        return tuple(half.zero_state(N) for half in self.halves.values())


class BiRNN(Bidirectional):
    """Two RNNs."""

    kind = RNN


class BiGRU(Bidirectional):
    """Two GRUs."""

    kind = GRU


class BiLSTM(Bidirectional):
    """Two LSTMs."""

    kind = LSTM
