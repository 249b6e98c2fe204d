"""The language model: symbols -> (embedding) -> stacked cells -> logits of the next symbol -> loss.

All parameters are views into one flat vector and all gradients into another. So zeroing, clipping,
the optimisers, the sum over shards, checkpoints and the gradient check need no loop over layers.
"""

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from cells import CELLS
from cells.cell import Cell
from cells.kernels.memory import zeros

from .config import Regularisers, check_config
from .dropout import Dropout
from .embedding import Embedding
from .initialisers import NoDraws, one_hot_input
from .one_vector import one_vector
from .output import Output
from .penalty import ActivationPenalty
from .projection import Projection
from .sampled_softmax import Sampler
from .stack import Stack, States, Step, in_turn


class LanguageModel:
    """A stack of recurrent cells that predicts the next symbol.

    Arguments: V symbols; `cell`, a name in CELLS, and `cell_options`, a dict for its constructor;
    `layers` of `hidden` units; `embed`, the size of the input vectors (0: one-hot rows, as a gather);
    `tie_weights`, the embedding as output matrix, and `projection`, the size to which what it reads is
    narrowed (0: not at all); `skip`, so that the output reads the sum of all layers; `regularisers`, the
    fields of `Regularisers` by name. With `params`, the flat vector of another model of the same sizes,
    both models share their weights, and only the gradients are new. Raises ValueError where arguments do
    not go together.
    """

    directions = 1

    def __init__(
        self, V: int, cell: str = "lstm", layers: int = 1, hidden: int = 128, embed: int = 0,
        tie_weights: bool = False, projection: int = 0, skip: bool = False, cell_options: dict | None = None,
        dtype=np.float32, rng: Generator | None = None, params: ndarray | None = None, **regularisers,
    ):  # fmt: skip
        r = Regularisers(**regularisers)
        self.config = dict(
            V=V, cell=cell, layers=layers, hidden=hidden, embed=embed, **r._asdict(), tie_weights=tie_weights,
            projection=projection, skip=skip, cell_options=cell_options or {},
        )  # fmt: skip
        check_config(self.config)
        self.regularisers = r
        self.dtype = np.dtype(dtype)
        rng = NoDraws() if params is not None else rng or np.random.default_rng()
        self.embedding = Embedding(V, embed, dtype, rng, tie_weights, r.embedding_dropout) if embed else None
        self.stacks = {
            name: Stack(kind, embed or V, layers, hidden, skip, r, self.config["cell_options"], dtype, rng)
            for name, kind in self.kinds(CELLS[cell]).items()
        }
        for stack in () if embed else self.stacks.values():
            one_hot_input(stack.layers[0].params["Wx"], rng)
        self.dropout = Dropout(r.dropout, r.dropout_mask, self.dtype)
        self.penalty = ActivationPenalty(r.activation_reg, r.temporal_reg)
        width = self.directions * hidden
        self.projection = Projection(width, projection, dtype, rng) if projection else None
        self.output = Output(projection or width, V, dtype, rng, self.embedding if tie_weights else None)

        layers = {f"{name}.{k}.": cell for name, stack in self.stacks.items() for k, cell in enumerate(stack.layers)}
        self.parts = ({"": self.embedding} if embed else {}) | layers
        self.parts |= ({"projection.": self.projection} if projection else {}) | {"output.": self.output}
        self.params = one_vector(self.parts, "params", self.dtype, params)
        self.grads = one_vector(self.parts, "grads", self.dtype, zeros(self.params.shape, self.dtype))

    def kinds(self, cell: type[Cell]) -> dict[str, type[Cell]]:
        """The stacks of this model by name, and the kind of cell of each; the first one keeps the state."""
        return {"layers": cell}

    def replica(self, params: ndarray | None = None) -> "LanguageModel":
        """A model with the same weights (the same memory), or these, and its own gradients and activations."""
        return type(self)(**self.config, dtype=self.dtype, params=self.params if params is None else params)

    def reuse_memory(self) -> None:
        """Lets every layer reuse its arrays. It is faster, but a layer's next call overwrites what it returned.

        From then on, only one thread at a time may use the model. Others make a `replica`.
        """
        for stack in self.stacks.values():
            for layer in stack.layers:
                layer.workspace = {}

    def set_dropout(self, p: float) -> None:
        """From now on, passes with a random generator drop this share, in place of the `dropout` of the constructor."""
        self.regularisers = self.regularisers._replace(dropout=p)
        for part in (*self.stacks.values(), self.dropout):
            part.set_dropout(p)

    def weights(self) -> dict[str, ndarray]:
        """All parameters by name, as views: "embedding", "layers.0.Wx", ..., "output.W", "output.b"."""
        return {prefix + name: p for prefix, part in self.parts.items() for name, p in part.params.items()}

    def zero_state(self, N: int) -> States:
        """The state of all layers for N streams that start here."""
        return next(iter(self.stacks.values())).zero_state(N)

    def targets(self, x: ndarray, y: ndarray) -> ndarray:
        """What the model predicts where it reads x and y follows: y, the next symbols."""
        return y

    def framed(self, symbols: ndarray, opening: ndarray) -> ndarray:
        """A text (n,) extended by the opening (1,), so that x and y cut from it predict every symbol once."""
        return np.concatenate([opening, symbols])

    def loss(
        self, x: ndarray, y: ndarray, state: States | None = None, rng: Generator | None = None, total: int = 1
    ) -> tuple[float, int, States]:
        """x, y integers (T, N) -> (sum of the losses in nats / total, number of right predictions, state).

        Dropout is on when a random generator is given. `penalty.value(total)` is not in the loss.
        """
        h, last = self.contexts(x, state, rng)
        return *self.output.loss(self.read(h, rng), self.targets(x, y), total), last

    def loss_and_gradient(
        self, x: ndarray, y: ndarray, state: States | None = None, rng: Generator | None = None, total: int = 1,
        sampler: Sampler | None = None,
    ) -> tuple[float, int, States]:  # fmt: skip
        """The same; adds the gradient of this loss into `grads`, and with a generator that of the penalties, too.

        With a `sampler`, which needs the generator, the softmax is a sampled one.
        """
        y = self.targets(x, y)
        sample = sampler.draw(y, rng) if sampler else None
        h, last = self.contexts(x, state, rng)
        loss, correct, dv = self.output.loss_and_gradient(self.read(h, rng), y, total, sample)
        self.contexts_backward(self.read_backward(dv, total))
        return loss, correct, last

    def vectors(self, x: ndarray, rng: Generator | None = None) -> ndarray:
        """What the stacks read: the embedding of x, or x itself, symbols that stand for one-hot rows."""
        return x if self.embedding is None else self.embedding.forward(x, rng)

    def forward(
        self, x: ndarray, state: States | None = None, rng: Generator | None = None, symbols: ndarray | None = None
    ) -> tuple[ndarray, States]:
        """x integers (T, N), state a list with an entry a layer -> logits (T, N, V) or of `symbols` (S,), state."""
        h, last = self.contexts(x, state, rng)
        return self.output.forward(self.read(h, rng), symbols), last

    def backward(self, dlogits: ndarray, dstate: States | None = None, total: int = 0) -> States:
        """dlogits (T, N, V), dstate of the final state or None -> dstate of the initial state. Adds into `grads`.

        With `total` symbols in the mean, it adds the gradient of the penalties of the last forward pass, too.
        """
        return self.contexts_backward(self.read_backward(self.output.backward(dlogits), total), dstate)

    def contexts(self, x: ndarray, state: States | None, rng: Generator | None = None) -> tuple[ndarray, States]:
        """x integers (T, N), state -> h (T, N, H), from which each symbol is predicted, and the state."""
        return self.stacks["layers"].forward(self.vectors(x, rng), state, rng)

    def contexts_backward(self, dh: ndarray, dstate: States | None = None) -> States:
        """dh (T, N, H), dstate of the final state or None -> dstate of the initial state. Adds into `grads`."""
        dv, first = self.stacks["layers"].backward(dh, dstate)
        if self.embedding is not None:
            self.embedding.backward(dv)
        return first

    def read(self, h: ndarray, rng: Generator | None = None) -> ndarray:
        """Contexts h (T, N, H) -> what the output layer reads. There is one dropout mask, on h."""
        v = self.dropout.forward(h, rng)
        self.penalty.forward(h, v, rng)
        return self.projection.forward(v) if self.projection else v

    def read_backward(self, dv: ndarray, total: int = 0) -> ndarray:
        """The gradient of what `read` returned -> dh (T, N, H); `total` as in `backward`."""
        dv = self.projection.backward(dv) if self.projection else dv
        if not total:
            return self.dropout.backward(dv)
        self.penalty.add_activation(dv, total)
        dh = self.dropout.backward(dv)
        self.penalty.add_temporal(dh, total)
        return dh

    def stepper(self, x: ndarray, state: States) -> tuple[ndarray, Step]:
        """`forward` one step at a time, for weights that do not change: (logits (N, V), a function).

        Each call of the function reads the symbols that stand in x, integers (1, N), and overwrites logits.
        """
        h, steps = self.stack_stepper("layers", x, state)
        if self.projection:
            h, step = self.projection.stepper(h)
            steps.append(step)
        logits, last = self.output.stepper(h)
        return logits, in_turn([*steps, last])

    def stack_stepper(self, name: str, x: ndarray, state: States) -> tuple[ndarray, list[Step]]:
        """The same for one of the stacks, without the output layer: (h (1, N, H), functions to call in this order)."""
        v, steps = (x, []) if self.embedding is None else self.embedding.stepper(x)
        h, more = self.stacks[name].stepper(v, state)
        return h, steps + more
