"""Averages of the weights over the steps: less noisy than the weights that training goes on with.

After step t = 1, 2, ... of the average, with weights p:
    avg <- avg + share (p - avg)
    ema             share = (1 - beta) / (1 - beta^t): the exponential moving average, divided by 1 - beta^t
    tail_average    share = 1 / t: the mean of all p from a moment of the run on (Polyak and Juditsky 1992)

The first share is 1, so avg is always a proper average of weights. Before the first step, it is the weights themselves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

import numpy as np
from numba import njit

from .optimizer import KERNEL


class Average:
    """An average of the weights (size,). A subclass says by `share` how much a step counts.

    `other` is the average, and the weights of training while the average is in their place: see `swapped`.
    """

    def __init__(self, size: int):
        self.steps, self.other = 0, np.zeros(size, np.float32)

    def share(self) -> float:
        """How much the newest of `steps` weights counts in their average."""
        raise NotImplementedError

    def update(self, params: np.ndarray, done: float) -> None:
        """Takes in the weights (size,) after a step, where `done` in [0, 1] of the run is over."""
        self.steps += 1
        if self.steps == 1:
            self.other = params.copy()
        else:
            move(self.other, params, params.dtype.type(self.share()))

    def swap(self, params: np.ndarray) -> None:
        """Exchanges params (size,) and the average; exactly, as both are copied."""
        if self.steps:
            self.other, params[:] = params.copy(), self.other
        else:
            self.other = params.copy()

    @contextmanager
    def swapped(self, params: np.ndarray) -> Iterator[None]:
        """Inside, params (size,) are the average. Afterwards they have their bytes back, whatever happened."""
        raw, average = params.copy(), self.other
        try:
            self.swap(params)
            yield
        finally:
            self.other, params[:] = average, raw

    def state(self) -> dict[str, int | np.ndarray]:
        """What `load_state` needs. Call it inside `swapped`: then it has the weights of training."""
        return {"steps": self.steps, "weights": self.other.copy()}

    def load_state(self, state: dict[str, int | np.ndarray]) -> None:
        """Takes over a copy of what `state` returned. Then `swap` brings the weights of training back."""
        self.steps, self.other = state["steps"], copy(state["weights"])


class ExponentialAverage(Average):
    """The weights of k steps ago count beta^k times as much as the newest."""

    def __init__(self, size: int, beta: float):
        super().__init__(size)
        self.beta = beta

    def share(self) -> float:
        return (1 - self.beta) / (1 - self.beta**self.steps)


class TailAverage(Average):
    """All weights count the same from the moment on when the share `start` of the run is over."""

    def __init__(self, size: int, start: float):
        super().__init__(size)
        self.start = start

    def share(self) -> float:
        return 1 / self.steps

    def update(self, params: np.ndarray, done: float) -> None:
        if done < self.start:
            self.steps = 0  # A resumed run can have become longer.
        else:
            super().update(params, done)


@njit(**KERNEL)
def move(average, params, share):
    """average and params are (size,)."""
    for k in range(params.size):
        average[k] += share * (params[k] - average[k])
