"""The language model: symbols -> (embedding) -> stacked cells, each with dropout after it -> logits.

All parameters are views into one flat vector and all gradients into another, so that zeroing,
clipping, the optimisers, the sum over shards, checkpoints and the gradient check need no loop
over layers.
"""

import numpy as np

from cells import CELLS

from .dropout import Dropout
from .embedding import Embedding
from .output import Output

ONE_HOT_BOUND = 3.0


class LanguageModel:
    """A stack of recurrent cells that predicts the next symbol.

    Arguments: V symbols; `cell`, a name in CELLS; `layers` of `hidden` units; `embed`, the size of
    the input vectors (0 feeds one-hot rows, as a gather); `dropout` after every layer;
    `gru_reset`, for cell "gru" only. With `params`, a flat vector of another model of the same
    sizes, the weights are shared with that model and only the gradients are new.
    """

    def __init__(
        self, V, cell="lstm", layers=1, hidden=128, embed=0, dropout=0.0, gru_reset="after",
        dtype=np.float32, rng=None, params=None,
    ):  # fmt: skip
        self.config = dict(
            V=V, cell=cell, layers=layers, hidden=hidden, embed=embed, dropout=dropout, gru_reset=gru_reset
        )
        self.dtype = np.dtype(dtype)
        rng = np.random.default_rng() if rng is None else rng
        options = {"reset": gru_reset} if cell == "gru" else {}
        inputs = [embed or V] + [hidden] * (layers - 1)

        self.embedding = Embedding(V, embed, dtype, rng) if embed else None
        self.layers = [CELLS[cell](D, hidden, dtype=dtype, rng=rng, **options) for D in inputs]
        if not embed:
            # The usual bound 1/sqrt(H) is meant for a sum of many inputs. A one-hot row has one, and with
            # weights that small the symbols hardly differ at first: an LSTM of 256 units on tiny-shakespeare
            # then needed 2,860 steps for the validation loss that it has after 600 this way (1.67 nats).
            Wx = self.layers[0].params["Wx"]
            Wx[:] = rng.uniform(-ONE_HOT_BOUND, ONE_HOT_BOUND, Wx.shape)
        self.dropouts = [Dropout(dropout, self.dtype) for _ in self.layers]
        self.output = Output(hidden, V, dtype, rng)

        self.parts = {f"layers.{k}.": layer for k, layer in enumerate(self.layers)} | {"output.": self.output}
        if embed:
            self.parts = {"": self.embedding} | self.parts
        self.params = self.flatten("params", params)
        self.grads = self.flatten("grads")

    def flatten(self, what, memory=None):
        """Moves all arrays of `what` ("params" or "grads") into one flat vector, of which they become views.

        A `memory` that is given keeps its values; otherwise it is made and takes over the arrays'.
        """
        owners = [(getattr(part, what), name) for part in self.parts.values() for name in getattr(part, what)]
        size = sum(arrays[name].size for arrays, name in owners)
        flat = np.empty(size, self.dtype) if memory is None else memory
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
        return LanguageModel(**self.config, dtype=self.dtype, params=self.params)

    def reuse_memory(self):
        """Lets every layer reuse its arrays: faster, but what a layer returned dies with its next call."""
        for layer in self.layers:
            layer.workspace = {}

    def weights(self):
        """All parameters by name, as views: "embedding", "layers.0.Wx", ..., "output.W", "output.b"."""
        return {prefix + name: p for prefix, part in self.parts.items() for name, p in part.params.items()}

    def zero_state(self, N):
        """The state of all layers for N streams that begin here."""
        return [layer.zero_state(N) for layer in self.layers]

    def forward(self, x, state=None, rng=None):
        """x integers (T, N), state a list with one entry a layer -> logits (T, N, V), state.

        Dropout is on when a random generator is given.
        """
        state = [None] * len(self.layers) if state is None else state
        h = x if self.embedding is None else self.embedding.forward(x)
        last = []
        for layer, dropout, initial in zip(self.layers, self.dropouts, state):
            h, final = layer.forward(h, initial)
            h = dropout.forward(h, rng)
            last.append(final)
        return self.output.forward(h), last

    def backward(self, dlogits, dstate=None):
        """dlogits (T, N, V), dstate of the final state (None: zero) -> dstate of the initial state.

        Adds into `grads`.
        """
        dstate = [None] * len(self.layers) if dstate is None else dstate
        dh = self.output.backward(dlogits)
        first = []
        for layer, dropout, dfinal in zip(self.layers[::-1], self.dropouts[::-1], dstate[::-1]):
            dh, dinitial = layer.backward(dropout.backward(dh), dfinal)
            first.append(dinitial)
        if self.embedding is not None:
            self.embedding.backward(dh)
        return first[::-1]
