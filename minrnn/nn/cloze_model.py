"""The cloze model predicts each symbol from everything before it and everything after it.

A bidirectional net that learns to predict the next symbol sees this symbol through its backward half:
its loss means nothing. Here two stacks, one reading forwards and one backwards, meet only below the
softmax, and neither has read the symbol that is predicted:

    hf[t] has read x[0..t],  hb[t] has read x[T-1..t],
    logits[t] = [hf[t-1], hb[t+1]] W + b                 hb[T] = 0; hf[-1] is the h of the initial state
"""

import numpy as np

from .language_model import LanguageModel
from .stack import States, Step, in_turn


class ClozeModel(LanguageModel):
    """A bidirectional model. `cell` names a `Bidirectional`; both stacks are made of its kind of cell.

    The state is that of the forward stack. The backward stack starts at the end of every batch.
    """

    directions = 2

    def kinds(self, cell):
        return {"forward": cell.kind, "backward": cell.kind}

    def targets(self, x, y):
        """x itself."""
        return x

    def framed(self, symbols, opening):
        """The symbols, and after the last one the opening of what would follow."""
        return np.concatenate([symbols, opening])

    def contexts(self, x, state, rng=None):
        """x integers (T, N), state a list with one entry a layer -> [hf[t-1], hb[t+1]] (T, N, 2H), state."""
        state = self.zero_state(x.shape[1]) if state is None else state
        v = self.vectors(x, rng)
        hf, last = self.stacks["forward"].forward(v, state, rng)
        hb, _ = self.stacks["backward"].forward(v[::-1], None, rng)
        return np.concatenate([shift(hf, self.stacks["forward"].hidden(state)), shift(hb, 0)[::-1]], axis=2), last

    def contexts_backward(self, dh, dstate=None):
        """dh (T, N, 2H), dstate of the final state (None: zero) -> dstate of the initial state."""
        dhf, dhb = np.split(dh, 2, axis=2)
        dhf, dbefore = shift_backward(dhf)
        dhb, _ = shift_backward(dhb[::-1])
        dvf, first = self.stacks["forward"].backward(dhf, dstate)
        dvb, _ = self.stacks["backward"].backward(dhb)
        if self.embedding is not None:
            self.embedding.backward(dvf + dvb[::-1])
        self.stacks["forward"].hidden_backward(dbefore, first)
        return first

    # The two contexts one at a time, to fill in blanks.

    def left(self, x: np.ndarray, state: States) -> tuple[np.ndarray, States]:
        """x (T, N) -> hf after the last symbol (N, H), state."""
        h, state = self.stacks["forward"].forward(self.vectors(x), state)
        return h[-1].copy(), state

    def left_stepper(self, x: np.ndarray, state: States) -> tuple[np.ndarray, Step]:
        """`left` one symbol at a time: (hf (N, H), a function); see `LanguageModel.stepper`."""
        h, steps = self.stack_stepper("forward", x, state)
        return h[0], in_turn(steps)

    def right(self, x: np.ndarray) -> np.ndarray:
        """x (T, N) -> what comes after each symbol: hb of the next one (T, N, H)."""
        h, _ = self.stacks["backward"].forward(self.vectors(x)[::-1])
        return shift(h, 0)[::-1]

    def between(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Contexts (N, H) -> logits (N, V) of the symbol between them."""
        return self.output.forward(self.read(np.concatenate([left, right], axis=1)[np.newaxis]))[0]


def shift(h, first):
    """h (T, N, H) one step later: `first`, then all but the last."""
    out = np.empty_like(h)
    out[0] = first
    out[1:] = h[:-1]
    return out


def shift_backward(dv):
    """From the gradient of what `shift` returned: that of h (T, N, H), and that of `first` (N, H)."""
    return np.concatenate([dv[1:], np.zeros_like(dv[:1])]), dv[0]
