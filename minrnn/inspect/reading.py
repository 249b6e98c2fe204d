"""A model reads a text, and what it computed on the way is kept."""

from dataclasses import dataclass

import numpy as np

from ..generation.score import WINDOW
from ..system.errors import OptionError

GUESSES = 5


@dataclass
class Reading:
    """What a model made of n symbols.

    `symbols` (n,) are their numbers. What it expected at each place, before it saw what stands there (a
    bidirectional model has seen both sides of it): `surprise` (n,), -log p of what truly stands there in
    nats; `guesses` and `chances` (n, 5), the likeliest symbols and their probabilities, the likeliest
    first (fewer where there are not five). `layers` maps the name of a layer to its activations
    {name: (n, H)}, each of them after the layer has read the symbol of that place.
    """

    symbols: np.ndarray
    surprise: np.ndarray
    guesses: np.ndarray
    chances: np.ndarray
    layers: dict[str, dict[str, np.ndarray]]


def read(model, vocabulary, symbols):
    """The Reading of symbols (n,), from the line end that opens a text on, as `sample.py --score` reads it."""
    n, one_way = len(symbols), model.directions == 1
    framed = model.framed(symbols, vocabulary.opening()).astype(np.intp)
    # A next-symbol model begins with the opening. A cloze model never reads it: it stands behind the last symbol.
    inputs, first = (framed, 1) if one_way else (framed[:n], 0)
    state, expected, pieces = None, [], []
    for k in range(0, len(inputs), WINDOW):
        x = inputs[k : k + WINDOW, np.newaxis]
        logits, state = model.forward(x, state)
        expected.append(expectation(logits[:, 0], model.targets(x[:, 0], framed[k + 1 : k + 1 + len(x)])))
        pieces.append(activations(model))
    layers = {
        layer: {name: np.concatenate([piece[layer][name] for piece in pieces])[first:] for name in values}
        for layer, values in pieces[0].items()
    }
    return Reading(symbols.astype(np.intp), *(np.concatenate(part)[:n] for part in zip(*expected)), layers)


def expectation(logits, y):
    """(surprise, guesses, chances) of a Reading for logits (T, V) and the symbols y that follow, (T,) or fewer."""
    logp = log_softmax(logits.astype(np.float64))
    best = np.argsort(-logp, axis=1, kind="stable")[:, :GUESSES]
    return -logp[np.arange(len(y)), y], best, np.exp(np.take_along_axis(logp, best, axis=1))


def activations(model):
    """{layer: {name: (T, H)}} of the last forward pass over one row; those of a stack that reads backwards, turned."""
    found = {}
    for layer, (stack, cell) in layers_of(model).items():
        turn = -1 if stack == "backward" else 1
        found[layer] = {name: v[::turn, 0].copy() for name, v in getattr(cell, "activations", dict)().items()}
        if "h" not in found[layer]:
            raise OptionError(
                f"cell {model.config['cell']} does not say what it computes; give it a method activations"
            )
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
