"""What the optimisers share: a learning rate, a step count, and vectors they remember."""

import numpy as np


class Optimizer:
    """Moves one flat vector of parameters against one flat vector of gradients, in place.

    `lr` may be changed between steps. `memory` names the vectors that a kind of optimiser keeps.
    """

    memory = ()

    def __init__(self, size, lr):
        self.lr = lr
        self.steps = 0
        self.vectors = {name: np.zeros(size, np.float32) for name in self.memory}

    def step(self, params, grads):
        """One update of params (size,) by grads (size,)."""
        raise NotImplementedError

    def remembered(self, params):
        """The vectors of `memory`, in its order and in the dtype of the parameters."""
        self.vectors = {name: v.astype(params.dtype, copy=False) for name, v in self.vectors.items()}
        return self.vectors.values()

    def state(self):
        """Everything a later `load_state` needs to go on as if nothing had happened."""
        return {"steps": self.steps, **{name: v.copy() for name, v in self.vectors.items()}}

    def load_state(self, state):
        self.steps = state["steps"]
        self.vectors = {name: np.array(state[name]) for name in self.memory}


# How the update kernels are compiled: see KERNEL in cells/activations.py for the reasons.
KERNEL = dict(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
