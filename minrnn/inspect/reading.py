"""A model reads a text, and what it computed on the way is kept."""

from dataclasses import dataclass

import numpy as np

from ..score import WINDOW


@dataclass
class Reading:
    """What a model made of n symbols.

    `symbols` (n,) are the numbers of the symbols, `logp` (n, V) the logarithms of the model's
    probabilities for each place, before it saw what stands there (a bidirectional model has seen both
    sides of it). `layers` maps the name of a layer to its activations {name: (n, H)}, each of them
    after the layer has read the symbol of that place.
    """

    symbols: np.ndarray
    logp: np.ndarray
    layers: dict[str, dict[str, np.ndarray]]

    @property
    def surprise(self):
        """-log p of what truly stands at each place, in nats (n,)."""
        return -self.logp[np.arange(len(self.symbols)), self.symbols]


def read(model, vocabulary, symbols):
    """The Reading of symbols (n,), from the line end that opens a text on, as `sample.py --score` reads it."""
    n = len(symbols)
    x = model.framed(symbols, vocabulary.opening()).astype(np.intp)
    # A next-symbol model reads the opening first; a cloze model only looks at it, behind the last symbol.
    first = len(x) - n if model.directions == 1 else 0
    state, logits, pieces = None, [], []
    for k in range(0, len(x), WINDOW):
        out, state = model.forward(x[k : k + WINDOW, np.newaxis], state)
        logits.append(out[:, 0].astype(np.float64))
        pieces.append(activations(model))
    layers = {
        layer: {name: np.concatenate([piece[layer][name] for piece in pieces])[first : first + n] for name in values}
        for layer, values in pieces[0].items()
    }
    return Reading(symbols.astype(np.intp), log_softmax(np.concatenate(logits)[:n]), layers)


def activations(model):
    """{layer: {name: (T, H)}} of the last forward pass over one row; those of a stack that reads backwards, turned."""
    found = {}
    for layer, (stack, cell) in layers_of(model).items():
        turn = -1 if stack == "backward" else 1
        found[layer] = {name: v[::turn, 0].copy() for name, v in cell.activations().items()}
    return found


def layers_of(model):
    """{name of the layer: (name of its stack, cell)}: "layer 1", "layer 2"; of a cloze model "forward 1", ..."""
    return {
        f"{'layer' if name == 'layers' else name} {k + 1}": (name, cell)
        for name, stack in model.stacks.items()
        for k, cell in enumerate(stack.layers)
    }


def log_softmax(z):
    """The logarithm of softmax(z), z (n, V)."""
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))
