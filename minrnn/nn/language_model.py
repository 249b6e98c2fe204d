"""The language model: symbols -> (embedding) -> stacked cells -> logits of the next symbol.

All parameters are views into one flat vector and all gradients into another, so that zeroing,
clipping, the optimisers, the sum over shards, checkpoints and the gradient check need no loop
over layers.
"""

import numpy as np

from cells import CELLS
from cells.kernels.memory import empty

from .dropout import Dropout
from .embedding import Embedding
from .output import Output
from .stack import Stack

ONE_HOT_BOUND = 3.0


class LanguageModel:
    """A stack of recurrent cells that predicts the next symbol.

    Arguments: V symbols; `cell`, a name in CELLS, and `cell_options`, a dict for its constructor;
    `layers` of `hidden` units; `embed`, the size of the input vectors (0 feeds one-hot rows, as a
    gather); `dropout`, `dropout_at`, `dropout_mask` (see `Stack` and `Dropout`); `tie_weights`, the
    embedding as output matrix. With `params`, a flat vector of another model of the same sizes, the
    weights are shared with that model and only the gradients are new.
    """

    directions = 1

    def __init__(
        self, V, cell="lstm", layers=1, hidden=128, embed=0, dropout=0.0, dropout_at="outputs", dropout_mask="step",
        tie_weights=False, cell_options=None, dtype=np.float32, rng=None, params=None,
    ):  # fmt: skip
        self.config = dict(
            V=V, cell=cell, layers=layers, hidden=hidden, embed=embed, dropout=dropout, dropout_at=dropout_at,
            dropout_mask=dropout_mask, tie_weights=tie_weights, cell_options=cell_options or {},
        )  # fmt: skip
        self.dtype = np.dtype(dtype)
        rng = np.random.default_rng() if rng is None else rng
        self.embedding = Embedding(V, embed, dtype, rng, narrow=tie_weights) if embed else None
        self.stacks = {
            name: Stack(kind, embed or V, layers, hidden, dropout, dropout_at, dropout_mask,
                        self.config["cell_options"], dtype, rng)
            for name, kind in self.kinds(CELLS[cell]).items()
        }  # fmt: skip
        if not embed:
            # The usual bound 1/sqrt(H) is meant for a sum of many inputs. A one-hot row has one, and with
            # weights that small the symbols hardly differ at first: an LSTM of 256 units on tiny-shakespeare
            # then needed 2,860 steps for the validation loss that it has after 600 this way (1.67 nats).
            for stack in self.stacks.values():
                Wx = stack.layers[0].params["Wx"]
                Wx[:] = rng.uniform(-ONE_HOT_BOUND, ONE_HOT_BOUND, Wx.shape)
        self.dropout = Dropout(dropout, dropout_mask, self.dtype)
        self.output = Output(self.directions * hidden, V, dtype, rng, self.embedding if tie_weights else None)

        self.parts = {
            f"{name}.{k}.": layer for name, stack in self.stacks.items() for k, layer in enumerate(stack.layers)
        } | {"output.": self.output}
        if embed:
            self.parts = {"": self.embedding} | self.parts
        self.params = self.flatten("params", params)
        self.grads = self.flatten("grads")

    def kinds(self, cell):
        """The stacks of this model by name, and the kind of cell of each."""
        return {"layers": cell}

    def flatten(self, what, memory=None):
        """Moves all arrays of `what` ("params" or "grads") into one flat vector, of which they become views.

        A `memory` that is given keeps its values; otherwise it is made and takes over the arrays'.
        """
        owners = [(getattr(part, what), name) for part in self.parts.values() for name in getattr(part, what)]
        size = sum(arrays[name].size for arrays, name in owners)
        flat = empty((size,), self.dtype) if memory is None else memory
        start = 0
        for arrays, name in owners:
            v = arrays[name]
            view = flat[start : start + v.size].reshape(v.shape)
            if memory is None:
                view[:] = v
            arrays[name] = view
            start += v.size
        return flat

    def replica(self):
        """A model with the same weights (the same memory), and its own gradients and activations."""
        return type(self)(**self.config, dtype=self.dtype, params=self.params)

    def reuse_memory(self):
        """Lets every layer reuse its arrays: faster, but what a layer returned dies with its next call."""
        for stack in self.stacks.values():
            for layer in stack.layers:
                layer.workspace = {}

    def weights(self):
        """All parameters by name, as views: "embedding", "layers.0.Wx", ..., "output.W", "output.b"."""
        return {prefix + name: p for prefix, part in self.parts.items() for name, p in part.params.items()}

    def zero_state(self, N):
        """The state of all layers for N streams that begin here."""
        return self.stacks["layers"].zero_state(N)

    def targets(self, x, y):
        """What is to be predicted where the model reads x and y follows: y, the next symbols."""
        return y

    def framed(self, symbols, opening):
        """A text (n,) as the model reads it so that every symbol is predicted, the first from the opening (1,)."""
        return np.concatenate([opening, symbols])

    def vectors(self, x):
        """What the stacks read: the embedding of x, or x itself, symbols that stand for one-hot rows."""
        return x if self.embedding is None else self.embedding.forward(x)

    def forward(self, x, state=None, rng=None):
        """x integers (T, N), state a list with one entry a layer -> logits (T, N, V), state.

        Dropout is on when a random generator is given.
        """
        h, last = self.stacks["layers"].forward(self.vectors(x), state, rng)
        return self.output.forward(self.dropout.forward(h, rng)), last

    def stepper(self, x, state):
        """`forward` one step at a time, while the weights stay as they are: (logits (N, V), a function).

        Each call of the function reads the symbols that stand in x, integers (1, N), and overwrites logits.
        """
        h, step_layers = self.stack_stepper("layers", x, state)
        logits, step_output = self.output.stepper(h)

        def step():
            step_layers()
            step_output()

        return logits, step

    def stack_stepper(self, name, x, state):
        """The same for one of the stacks, as far as its output: (h (1, N, H), a function)."""
        if self.embedding is None:
            return self.stacks[name].stepper(x, state)
        v = np.empty((*x.shape, self.config["embed"]), self.dtype)
        h, step_layers = self.stacks[name].stepper(v, state)

        def step():
            v[:] = self.embedding.forward(x)
            step_layers()

        return h, step

    def backward(self, dlogits, dstate=None):
        """dlogits (T, N, V), dstate of the final state (None: zero) -> dstate of the initial state.

        Adds into `grads`.
        """
        dh = self.dropout.backward(self.output.backward(dlogits))
        dv, first = self.stacks["layers"].backward(dh, dstate)
        if self.embedding is not None:
            self.embedding.backward(dv)
        return first
