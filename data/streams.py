"""Batches: N contiguous streams through one long text, with the true next symbol as the target."""

import numpy as np

from .errors import TextError

CARRIES = ("stream", "epoch", "none", "endless")


class Streams:
    """The text cut into N rows of equal length, read T symbols at a time, all rows at once.

    A batch is a function of the step alone, so a run can go on from any step. Row n of a batch
    continues row n of the batch before it. What `carry` adds:

        stream   at each epoch the rows roll on by one: row n goes on where it stopped, with the part
                 of the text that row n+1 has just read, and the state is never reset
        epoch    every epoch reads the same rows from the start, from a zero state
        none     every batch starts from a zero state
        endless  no row ends: all start len/N apart, and each reads on through the whole text and
                 begins again at its start, for ever; the state is never reset, and an epoch is
                 merely the number of steps that it is with the others
    """

    def __init__(self, symbols, N, T, carry="stream"):
        """symbols: numbers (n,), n > N * T. The tail that fills no batch is left out."""
        self.steps_per_epoch = (len(symbols) - 1) // (N * T)
        if self.steps_per_epoch < 1:
            raise TextError(f"{len(symbols)} symbols are too few for {N} rows of {T}; lower the batch or the length")
        if carry not in CARRIES:
            raise ValueError(f"carry is {carry!r}; expected one of {', '.join(CARRIES)}")
        self.symbols, self.N, self.T, self.carry = symbols, N, T, carry

    def starts(self, step):
        """Where in the text the rows of batch number `step` begin, integers (N,)."""
        n, rows = len(self.symbols), np.arange(self.N)
        if self.carry == "endless":
            return (rows * (n // self.N) + step * self.T % n) % n
        epoch, k = divmod(step, self.steps_per_epoch)
        roll = epoch % self.N if self.carry == "stream" else 0
        return (rows + roll) % self.N * (self.steps_per_epoch * self.T) + k * self.T

    def batch(self, step):
        """Batch number `step` since the start of training: x and y, integers (T, N)."""
        return inputs_and_targets(self.symbols, self.starts(step), self.T)

    def starts_from_zero(self, step):
        """Whether the state is zero before this step, instead of carried from the one before."""
        if self.carry == "none" or step == 0:
            return True
        return self.carry == "epoch" and step % self.steps_per_epoch == 0


def windows(symbols, N, T):
    """Yields (x, y), integers (T or fewer, N), that go once through the text in N rows.

    Every symbol but the first of the text is a target once, except the fewer than N at the very end.
    """
    length = (len(symbols) - 1) // N
    starts = np.arange(N) * length
    for k in range(0, length, T):
        yield inputs_and_targets(symbols, starts + k, min(T, length - k))


def inputs_and_targets(symbols, starts, T):
    """x and y, integers (T, N): the T symbols from each of N starts, and for each the one that truly follows it.

    The last symbol of the text is followed by the first.
    """
    at = starts + np.arange(T)[:, np.newaxis]
    return symbols.take(at, mode="wrap").astype(np.intp), symbols.take(at + 1, mode="wrap").astype(np.intp)


def fit(n, N, T):
    """The batch nearest to N rows of T that a text of n >= 2 symbols can fill: fewer rows, then shorter."""
    T = min(T, n - 1)
    return min(N, (n - 1) // T), T
