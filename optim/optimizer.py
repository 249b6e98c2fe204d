"""What the optimisers share: a learning rate, a step count, and vectors they remember."""

import numpy as np


class Optimizer:
    """Moves one flat vector of parameters against one flat vector of gradients, in place.

    `lr` may be changed between steps. `memory` names the vectors that a kind of optimiser keeps.
    """

    memory = ()

    def __init__(self, size, lr):
        self.size, self.lr = size, lr
        self.steps = 0
        self.vectors = {name: np.zeros(size, np.float32) for name in self.memory}

    def step(self, params, grads):
        """One update of params (size,) by grads (size,)."""
        raise NotImplementedError

    def remembered(self, params, grads):
        """The vectors of `memory`, in its order and in the dtype of the parameters.

        Raises ValueError where sizes differ: the kernels look at no bounds.
        """
        shapes = {(self.size,), params.shape, grads.shape}
        if len(shapes) > 1:
            raise ValueError(f"params {params.shape} and grads {grads.shape} do not fit this optimiser: ({self.size},)")
        self.vectors = {name: v.astype(params.dtype, copy=False) for name, v in self.vectors.items()}
        return self.vectors.values()

    def state(self):
        """Everything a later `load_state` needs to go on as if nothing had happened."""
        return {"steps": self.steps, **{name: v.copy() for name, v in self.vectors.items()}}

    def load_state(self, state):
        if any(state[name].shape != (self.size,) for name in self.memory):
            raise ValueError(f"the state is not one of {self.size} parameters")
        self.steps = state["steps"]
        for name in self.memory:
            # Not as a copy: a file may have its bytes in another order, which no kernel takes.
            self.vectors[name] = np.empty(self.size, state[name].dtype.name)
            self.vectors[name][:] = state[name]


def root_terms(eps, inside):
    """The two places of eps in sqrt(s + under) + beside, as (under, beside): one of them is 0."""
    return (eps, 0.0) if inside else (0.0, eps)


# How the update kernels are compiled: see KERNEL in cells/activations.py for the reasons.
KERNEL = dict(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
