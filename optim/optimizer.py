"""What the optimisers share: a learning rate, a step count, slots, and a state that can be saved."""

from copy import copy

import numpy as np
from numba import njit


class Optimizer:
    """Moves a flat vector of parameters against a flat vector of gradients, in place.

    A subclass names what it keeps from step to step, each an attribute: its `slots`, vectors (size,)
    that start as zeros, and its `scalars`, ints and floats. `lr` may be changed between steps.
    """

    slots: tuple[str, ...] = ()
    scalars: tuple[str, ...] = ("steps",)

    def __init__(self, size: int, lr: float):
        self.size, self.lr = size, lr
        self.steps = 0
        for name in self.slots:
            setattr(self, name, np.zeros(size, np.float32))

    def step(self, params: np.ndarray, grads: np.ndarray) -> None:
        """One update of params (size,) by grads (size,)."""
        raise NotImplementedError

    def begin(self, params: np.ndarray, grads: np.ndarray) -> list[np.ndarray]:
        """Counts the step; returns the slots in their order, in the dtype of params (size,).

        Raises ValueError where sizes differ: the kernels check no bounds.
        """
        if not params.shape == grads.shape == (self.size,):
            raise ValueError(f"params {params.shape} and grads {grads.shape} do not fit this optimiser: ({self.size},)")
        self.steps += 1
        for name in self.slots:
            setattr(self, name, getattr(self, name).astype(params.dtype, copy=False))
        return [getattr(self, name) for name in self.slots]

    def state(self) -> dict[str, int | float | np.ndarray]:
        """A copy of everything that `load_state` needs to go on as if nothing had happened."""
        return {name: copy(getattr(self, name)) for name in (*self.scalars, *self.slots)}

    def load_state(self, state: dict[str, int | float | np.ndarray]) -> None:
        """Takes over a copy of what `state` returned. Raises ValueError where the slots have another size."""
        if any(state[name].shape != (self.size,) for name in self.slots):
            raise ValueError(f"this is not the state of an optimiser of {self.size} parameters")
        for name in (*self.scalars, *self.slots):
            setattr(self, name, copy(state[name]))


def root_terms(eps: float, inside: bool) -> tuple[float, float]:
    """(under, beside) in sqrt(s + under) + beside: one of them is eps, the other 0."""
    return (eps, 0.0) if inside else (0.0, eps)


def can_cache() -> bool:
    """Whether Numba finds a folder in which it can keep what it compiles."""
    try:
        njit(cache=True)(root_terms)
    except RuntimeError:
        return False
    return True


# How the update kernels are compiled: see KERNEL in cells/kernels/activations.py for the reasons.
KERNEL = dict(cache=can_cache(), nogil=True, error_model="numpy", fastmath={"contract"})
