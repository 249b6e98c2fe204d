"""A model reads a text, and everything it computes on the way is kept."""

from dataclasses import dataclass

import numpy as np

from cells.cell import Cell
from data.vocabulary import Vocabulary

from ..generation.score import WINDOW
from ..nn.language_model import LanguageModel
from ..system.errors import OptionError
from ..system.wording import cell_label

GUESSES = 5

Range = tuple[int, int]
GATE, SIGNED = (0, 1), (-1, 1)
Layers = dict[str, dict[str, np.ndarray]]  # {layer: {name of an activation: (n, H)}}


@dataclass
class Reading:
    """What a model computed while it read the n `symbols` (n,).

    Its prediction of each symbol from those before it (a bidirectional model: from both sides): `surprise`
    (n,) is -log p of the symbol in nats; `guesses` and `chances` (n, 5) are the likeliest symbols and their
    probabilities, the likeliest first (fewer where the model knows fewer).

    `layers` has the activations of each layer after each symbol. `states` names those that are the layer's
    state, h first, and `ranges` {name: (low, high)} those whose values have bounds.
    """

    symbols: np.ndarray
    surprise: np.ndarray
    guesses: np.ndarray
    chances: np.ndarray
    layers: Layers
    states: tuple[str, ...]
    ranges: dict[str, Range]


def read(model: LanguageModel, vocabulary: Vocabulary, symbols: np.ndarray) -> Reading:
    """The Reading of symbols (n,), which begins with the opening of a text, like `sample.py --score`.

    Raises OptionError for a cell that does not tell its activations.
    """
    n, one_way = len(symbols), model.directions == 1
    framed = model.framed(symbols, vocabulary.opening()).astype(np.intp)
    # A next-symbol model reads the opening first. A cloze model never reads it: it stands after the last symbol.
    inputs, first = (framed, 1) if one_way else (framed[:n], 0)
    state, predictions, pieces = None, [], []
    for k in range(0, len(inputs), WINDOW):
        x = inputs[k : k + WINDOW, np.newaxis]
        logits, state = model.forward(x, state)
        y = model.targets(x[:, 0], framed[k + 1 : k + 1 + len(x)])
        predictions.append(prediction(logits[:, 0], y))
        pieces.append(activations(model))
    layers = {
        layer: {name: np.concatenate([piece[layer][name] for piece in pieces])[first:] for name in values}
        for layer, values in pieces[0].items()
    }
    predicted = [np.concatenate(part)[:n] for part in zip(*predictions)]
    _, cell = layers_of(model).popitem()[1]
    ranges = dict.fromkeys(cell.sigmoids, GATE) | dict.fromkeys(cell.tanhs, SIGNED)
    return Reading(symbols.astype(np.intp), *predicted, layers, cell.states, ranges)


def prediction(logits: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(surprise, guesses, chances) of a Reading for logits (T, V) and the targets y, (T,) or fewer."""
    z = logits.astype(np.float64)
    z -= z.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    best = np.argsort(-logp, axis=1, kind="stable")[:, :GUESSES]
    return -logp[np.arange(len(y)), y], best, np.exp(np.take_along_axis(logp, best, axis=1))


def activations(model: LanguageModel) -> Layers:
    """The activations (T, H) of the last forward pass over one row, in the order of the text."""
    found = {}
    for layer, (stack, cell) in layers_of(model).items():
        turn = -1 if stack == "backward" else 1
        values = getattr(cell, "activations", dict)()
        if not values or not set(getattr(cell, "states", ())) <= values.keys():
            raise OptionError(
                f"cell {cell_label(model.config['cell'])} does not say what it computes; "
                "give it a method activations() that returns at least the arrays named in states"
            )
        found[layer] = {name: v[::turn, 0].copy() for name, v in values.items()}
    return found


def layers_of(model: LanguageModel) -> dict[str, tuple[str, Cell]]:
    """{name of the layer: (name of its stack, cell)}."""
    stacks = model.stacks.items()
    return {layer_name(name, k): (name, cell) for name, stack in stacks for k, cell in enumerate(stack.layers)}


def layer_name(stack: str, k: int) -> str:
    """Layer k of a stack as people count: "layer 1", "layer 2"; of a cloze model "forward 1", "backward 1"."""
    return f"{'layer' if stack == 'layers' else stack} {k + 1}"
