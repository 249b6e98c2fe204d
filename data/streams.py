"""Batches: N streams side by side through one long text; the target of a symbol is the one that follows it."""

from collections.abc import Iterator

import numpy as np

from .errors import TextError

CARRIES = ("stream", "epoch", "none", "endless")


class Streams:
    """The text cut into N rows of equal length, read T symbols at a time, all rows at once.

    A batch depends on the step alone, so a run can go on from any step. Row n of a batch continues
    row n of the batch before it. `carry` says what happens to the state:

        stream   it is never reset: in each epoch, row n goes on with the part of the text that row
                 n+1 has just read
        epoch    every epoch reads the same rows from the start, from a zero state
        none     every batch starts from a zero state
        endless  it is never reset: the rows start len/N apart, and each reads on to the end of the
                 text and then again from its start; an epoch is as many steps as with the others
    """

    def __init__(self, symbols: np.ndarray, N: int, T: int, carry: str = "stream") -> None:
        """symbols: ids (n,), n > N * T (else TextError). The tail that does not fill a batch is left out."""
        self.steps_per_epoch = (len(symbols) - 1) // (N * T)
        if self.steps_per_epoch < 1:
            raise TextError(f"{len(symbols)} symbols are too few for {N} rows of {T}; lower the batch or the length")
        if carry not in CARRIES:
            raise ValueError(f"carry is {carry!r}; expected one of {', '.join(CARRIES)}")
        self.symbols, self.N, self.T, self.carry = symbols, N, T, carry

    def starts(self, step: int) -> np.ndarray:
        """Where in the text the rows of batch number `step` begin, integers (N,)."""
        n, rows = len(self.symbols), np.arange(self.N)
        if self.carry == "endless":
            return (rows * (n // self.N) + step * self.T % n) % n
        epoch, k = divmod(step, self.steps_per_epoch)
        roll = epoch % self.N if self.carry == "stream" else 0
        return (rows + roll) % self.N * (self.steps_per_epoch * self.T) + k * self.T

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch number `step` since the start of training: x and y, integers (T, N)."""
        return inputs_and_targets(self.symbols, self.starts(step), self.T)

    def starts_from_zero(self, step: int) -> bool:
        """Whether the state before this step is zero, and not that after the last step."""
        if self.carry == "none" or step == 0:
            return True
        return self.carry == "epoch" and step % self.steps_per_epoch == 0


def windows(symbols: np.ndarray, N: int, T: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields (x, y), integers (T or fewer, N), that go once through the text, ids (n,), in N rows.

    Every symbol is a target once, except the first of the text and fewer than N at its very end.
    """
    length = (len(symbols) - 1) // N
    starts = np.arange(N) * length
    for k in range(0, length, T):
        yield inputs_and_targets(symbols, starts + k, min(T, length - k))


def inputs_and_targets(symbols: np.ndarray, starts: np.ndarray, T: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y, integers (T, N): the T symbols from each of N starts, and the symbols that follow them.

    The first symbol of the text follows the last one.
    """
    at = starts + np.arange(T)[:, np.newaxis]
    return symbols.take(at, mode="wrap").astype(np.intp), symbols.take(at + 1, mode="wrap").astype(np.intp)


def fit(n: int, N: int, T: int) -> tuple[int, int]:
    """The (N, T) nearest to the given ones that a text of n >= 2 symbols can fill: first T shrinks, then N."""
    T = min(T, n - 1)
    return min(N, (n - 1) // T), T
