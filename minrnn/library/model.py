"""A trained model in another program: it writes, scores, says what comes next, fills in, and can be looked into."""

from argparse import Namespace
from collections.abc import Iterable, Iterator
from itertools import islice
from os import PathLike
from typing import NamedTuple

import numpy as np

from .. import checkpoint
from ..checkpoint.pretrained import model_and_vocabulary
from ..generation.probability import costs, next_probabilities
from ..generation.samples import asked
from ..generation.stream import up_to_stop
from ..options.sampling_options import ROWS, complete
from ..own_cell.names import refuse_unused
from ..rundir.folder import checkpoint_in
from ..system.errors import OptionError
from ..system.wording import bits_and_perplexity, cell_label
from .keywords import as_options

# The options of sample.py that say what is generated. Others say where it goes, or are methods here.
NAMES = (
    "length", "prime", "random_start", "temperature", "top_k", "top_p", "greedy", "seed", "num", "stop", "stop_after",
    "allow_unknown", "unknown", "fill", "sweeps",
)  # fmt: skip
TAKEN = [row for row in ROWS if row.name in NAMES]
CELL = [row for row in ROWS if row.name == "cell"]


class Score(NamedTuple):
    """How well a model predicts a text. `each` has every symbol with the nats that it cost, (symbol, nats)."""

    nats: float  # a symbol
    bits: float  # a character
    perplexity: float
    accuracy: float
    each: list[tuple[str, float]]


def load(path: str | PathLike, cell: str | PathLike | None = None) -> "Model":
    """The model of a checkpoint, or of the folder of a run (its best weights). Raises CheckpointError.

    `cell` is "FILE.py:Class" for a model that was trained with a cell of your own; no other code runs.
    """
    named = as_options(CELL, {"cell": cell}).get("cell", [])
    model = Model(checkpoint.load(checkpoint_in(path), model_only=True))
    refuse_unused(named, model.config["cell"])
    return model


class Model:
    """A trained model: `vocabulary` says what its symbols are, `config` what it is made of.

    Several threads may use one model, and several models work side by side: each call computes on a copy
    of its own, which shares the weights. Options are those of sample.py; wrong ones raise OptionError, and
    symbols that the model does not know UnknownSymbol.
    """

    def __init__(self, sections: dict):
        """From the sections of a checkpoint."""
        self.sections = sections
        self.network, self.vocabulary = model_and_vocabulary(sections)

    def __repr__(self) -> str:
        c = self.config
        return f"<minrnn.Model: {cell_label(c['cell'])} {c['layers']} x {c['hidden']}, {len(self.vocabulary)} symbols>"

    @property
    def config(self) -> dict:
        """The sizes and parts of the model, by the names of the options."""
        return self.network.config

    # Writing.

    def generate(
        self, length: int = 500, prime: str = "", *, stream: bool = False, num: int = 1, **options
    ) -> str | list[str] | Iterator[str]:
        """`length` symbols after `prime`: a text; a list of `num` texts; with `stream`, an iterator over its pieces.

        Options: temperature, top_k, top_p, greedy, seed, stop, stop_after, random_start, allow_unknown, unknown, and
        sweeps for bidirectional models.
        """
        o, symbols = self.asked({"length": length, "prime": prime or None, "num": num} | options)
        if stream or not length:
            if num != 1:
                raise OptionError("stream=True is for one text; leave num out")
            if not stream:
                raise OptionError("length=0 has no end; give a length, or stream=True")
            return up_to_stop(o, map(self.vocabulary.decoder(), symbols))
        return self.texts(o, symbols)

    def fill(self, text: str, *, num: int = 1, **options) -> str | list[str]:
        """The text with its blanks filled in, or a list of `num` such texts: _ is a symbol, a run of them a word.

        For bidirectional models only. Options: temperature, top_k, top_p, greedy, seed, sweeps.
        """
        return self.texts(*self.asked({"fill": text, "num": num} | options))

    def asked(self, keywords: dict) -> tuple[Namespace, Iterable[np.ndarray]]:
        """(all options of sample.py, the symbols that they ask for)."""
        o = complete(as_options(TAKEN, keywords) | {"model": ["this model"]})
        return o, asked(o, self.replica(), self.vocabulary)

    def texts(self, o: Namespace, symbols: Iterable[np.ndarray]) -> str | list[str]:
        """The text of each sample up to the stop; a single one by itself."""
        texts = ["".join(up_to_stop(o, [self.vocabulary.decode(sample)])) for sample in zip(*symbols)]
        return texts if o.num > 1 else texts[0]

    # Scoring.

    def score(self, text: str) -> Score:
        """How well the model predicts a text that is not empty; the first symbol is predicted from a line end."""
        symbols = self.vocabulary.encode(text)
        if not len(symbols):
            raise OptionError("the text to score is empty; give one with something in it")
        network = self.replica()
        nats, right = costs(network, network.framed(symbols, self.vocabulary.opening()))
        mean = float(nats.mean())
        bits, perplexity = bits_and_perplexity(mean, len(text) / len(symbols))
        each = [(self.vocabulary.label(k), float(cost)) for k, cost in zip(symbols.tolist(), nats)]
        return Score(mean, bits, perplexity, float(right.mean()), each)

    def next(self, text: str = "", k: int | None = None) -> list[tuple[str, float]]:
        """What may follow the text: every symbol, or the k likeliest, with its probability; the likeliest first."""
        p = next_probabilities(self.replica(), self.vocabulary, self.vocabulary.encode(text))
        return [(self.vocabulary.label(i), float(p[i])) for i in islice(np.argsort(-p, kind="stable").tolist(), k)]

    # Looking into it.

    @property
    def params(self) -> dict[str, np.ndarray]:
        """The weights by name, such as "layers.0.Wh": views that may be changed."""
        return self.network.weights()

    @property
    def grads(self) -> dict[str, np.ndarray]:
        """The gradients by the same names: `backward` adds to them."""
        return {prefix + name: g for prefix, part in self.network.parts.items() for name, g in part.grads.items()}

    def encode(self, text: str) -> np.ndarray:
        """The symbol ids (n,) of a text."""
        return self.vocabulary.encode(text)

    def decode(self, ids: np.ndarray) -> str:
        """The text of symbol ids (n,)."""
        return self.vocabulary.decode(ids)

    def forward(self, x: np.ndarray, state: list | None = None) -> tuple[np.ndarray, list]:
        """x integers (T, N), the state of a former call or None for zeros -> logits (T, N, V), state."""
        return self.network.forward(x, state)

    def backward(self, dlogits: np.ndarray, dstate: list | None = None) -> list:
        """dlogits (T, N, V) of the last `forward`, and dstate of its final state -> dstate of the initial state."""
        return self.network.backward(dlogits, dstate)

    def replica(self):
        """A copy for one call: it shares the weights, and has its own activations."""
        return self.network.replica()

    def save(self, path: str | PathLike) -> None:
        """Writes a checkpoint that sample.py, train.py and `load` read, with the weights as they are now."""
        checkpoint.save(path, self.sections | {"weights": self.params})
