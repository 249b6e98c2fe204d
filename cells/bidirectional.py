"""Two cells of one kind over the same sequence, one from its start and one from its end (Schuster and
Paliwal 1997), for tasks that label every time step and may look at all of it.

Forward, where the second cell reads x backwards:
    (1)  h_f[t] from x[0] .. x[t],  h_b[t] from x[T-1] .. x[t]
    (2)  h[t] = [h_f[t] | h_b[t]], 2H columns

Backward:
    (2') dh_f[t], dh_b[t] = the two halves of dh[t]
    (1') dx = dx of the one cell + dx of the other

Not for predicting the next symbol: h_b[t] has seen it.
"""

import numpy as np

from .cell import Cell
from .gru import GRU
from .lstm import LSTM
from .rnn import RNN


class Bidirectional(Cell):
    """Two cells of one `kind`, which a subclass names. State: (forward state, backward state after t = 0).

    The parameters of the two stand together as "forward.Wx", "backward.Wx" and so on. Options go to
    both. The output h has 2H columns. Memory a symbol: twice that of the kind, and 2 H numbers.
    """

    kind: type[Cell]
    states = ("forward", "backward")

    @staticmethod
    def shapes(D, H):
        """None of its own: those of both halves."""
        return {}

    def __init__(self, D, H, dtype=np.float32, rng=None, **options):
        rng = np.random.default_rng() if rng is None else rng
        super().__init__(D, H, dtype, rng)
        self.halves = {side: self.kind(D, H, dtype, rng, **options) for side in ("forward", "backward")}
        for side, half in self.halves.items():
            self.params |= {f"{side}.{name}": p for name, p in half.params.items()}
            self.grads |= {f"{side}.{name}": g for name, g in half.grads.items()}

    def lend(self):
        """Gives both halves what stands here now: the owner may have put other arrays into the dicts."""
        for side, half in self.halves.items():
            for name in half.params:
                half.params[name] = self.params[f"{side}.{name}"]
                half.grads[name] = self.grads[f"{side}.{name}"]
            half.workspace = None if self.workspace is None else self.workspace.setdefault(side, {})
        return self.halves.values()

    def forward(self, x, state=None):
        """x (T, N, D) or integers (T, N); state a pair or None for zeros -> h (T, N, 2H), state."""
        ahead, behind = self.lend()
        x = self.checked(x)
        first_f, first_b = (None, None) if state is None else state
        h_f, last_f = ahead.forward(x, first_f)
        h_b, last_b = behind.forward(x[::-1], first_b)  # (1)
        h = self.buffer("h", *h_f.shape[:2], 2 * self.H)
        h[:, :, : self.H], h[:, :, self.H :] = h_f, h_b[::-1]  # (2)
        self.cache = h
        return h, (last_f, last_b)

    def backward(self, dh, dstate=None):
        """dh (T, N, 2H), dstate a pair or None -> dx (T, N, D) or None for symbols, dstate."""
        h = self.cache
        ahead, behind = self.lend()
        dh = self.gradient_of(h, dh)
        dlast_f, dlast_b = (None, None) if dstate is None else dstate
        dx, dfirst_f = ahead.backward(dh[:, :, : self.H], dlast_f)  # (2')
        dx_b, dfirst_b = behind.backward(dh[::-1, :, self.H :], dlast_b)
        if dx is not None:
            dx += dx_b[::-1]  # (1')
        return dx, (dfirst_f, dfirst_b)

    def activations(self):
        """Those of both halves, each named after its side, by the time of x: (T, N, H) each."""
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
