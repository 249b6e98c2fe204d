"""A trained model as a web page that writes: one file that runs anywhere and fetches nothing.

The model is in it with all its weights, as float32 or rounded to 8 bits, and computes in the reader's browser. The
scripts in page/ have its equations in JavaScript, with the names of our cells' files.
"""

import base64
import sys
from pathlib import Path

import numpy as np

from data import Text, TextError, windows
from data.vocabulary import Vocabulary

from ..nn.config import Regularisers
from ..nn.language_model import LanguageModel
from ..system.errors import OptionError
from ..system.page import page
from ..system.visible import visible
from .javascript import word_pattern

TEMPLATE = Path(__file__).parent / "page" / "page.html"
# What the scripts can compute: the cells with their options and weights, and the other parts of a model.
CELLS = {
    "rnn": ((), ("Wx", "Wh", "b")),
    "gru": (("reset", "gates", "gate_bias"), ("Wx", "Wh", "b", "bh")),
    "lstm": (("gates", "tie_gates", "forget_bias"), ("Wx", "Wh", "b")),
    "lnlstm": (("forget_bias",), ("Wx", "Wh", "scale", "b", "scale_c", "b_c")),
}
PARTS = ("embedding", "projection.P", "output.W", "output.b")
SIZES = ("V", "cell", "layers", "hidden", "embed", "tie_weights", "projection", "skip", "cell_options")
LARGEST = 127  # of the integers that stand for weights in 8 bits
WINDOW = 2048  # symbols that are scored at once


def exported(
    model: LanguageModel, vocabulary: Vocabulary, title: str = "minrnn", bits: int = 32, score: str | None = None
) -> bytes:
    """The page, with weights of 32 or 8 `bits`. It tells on stderr what rounding costs.

    With `score`, the path of a text, that is the loss on this text with and without rounding; else it is the error of
    the weights. Raises OptionError for a model that the page cannot compute, TextError for a text without symbols.
    """
    refuse_others(model)
    kept = type(model)(**model.config, dtype=model.dtype, params=model.params.copy())
    memory = b"".join(packed(w, bits) for w in kept.weights().values())
    if score:
        losses = {f"{bits} bits": loss(kept, vocabulary, score)}
        if bits == 8:
            losses = {"32 bits": loss(model, vocabulary, score)} | losses
        told = ", ".join(f"{value:.4f} in {name}" for name, value in losses.items())
        print(f"{score}: {told} (loss in nats a symbol)", file=sys.stderr)
    elif bits == 8:
        error = np.linalg.norm(kept.params - model.params) / np.linalg.norm(model.params)
        print(f"rounding changes the weights by {error:.2%}; --score TEXT tells what that costs", file=sys.stderr)
    data = {
        "title": title, "about": about(model, vocabulary, bits), "bits": bits,
        "config": {name: model.config[name] for name in SIZES}, "vocabulary": facts(vocabulary),
        "shapes": {name: w.shape for name, w in kept.weights().items()}, "weights": base64.b64encode(memory).decode(),
    }  # fmt: skip
    return page(TEMPLATE, data)


def refuse_others(model: LanguageModel) -> None:
    """Raises OptionError for a model with anything that the scripts of the page do not know."""
    config = model.config
    cell = config["cell"]
    if cell not in CELLS:
        reason = "reads a text from both ends" if model.directions == 2 else "is not among the cells of page/cells.js"
        raise OptionError(f"cell {cell} cannot write in a page: it {reason}; train a model of cell {', '.join(CELLS)}")
    options, weights = CELLS[cell]
    known = {*PARTS, *(f"layers.{k}.{name}" for k in range(config["layers"]) for name in weights)}
    others = [name for name in model.weights() if name not in known]
    others += [name for name in config["cell_options"] if name not in options]
    others += [name for name, v in config.items() if v and name not in (*SIZES, *Regularisers._fields)]
    if others:
        raise OptionError(f"the page cannot compute this model: it does not know {others[0]}; train one without it")


def packed(w: np.ndarray, bits: int) -> bytes:
    """A parameter as bytes. In 8 bits, matrices are rounded, and w becomes what the page makes of the bytes.

    A matrix (R, C) is then the scale of each column, float32 (C,), and integers (R, C), of which w is the product.
    """
    if bits == 32 or w.ndim == 1:
        return w.astype("<f4").tobytes()
    scale = (np.abs(w).max(axis=0) / LARGEST).astype("<f4")
    integers = np.rint(w / np.where(scale > 0, scale, 1)).astype(np.int8)
    w[:] = integers * scale
    return scale.tobytes() + integers.tobytes()


def loss(model: LanguageModel, vocabulary: Vocabulary, path: str) -> float:
    """The loss of a model on the text at `path`, in nats a symbol."""
    symbols, _ = vocabulary.encode_text(Text([path]))
    if not len(symbols):
        raise TextError(f"{path} is empty; give a text to score")
    total, state = 0.0, None
    for x, y in windows(model.framed(symbols, vocabulary.opening()), 1, WINDOW):
        part, _, state = model.loss(x, y, state)
        total += part
    return total / len(symbols)


def about(model: LanguageModel, vocabulary: Vocabulary, bits: int) -> str:
    """What a reader of the page may want to know of its model."""
    layers, cell, H = model.config["layers"], model.config["cell"].upper(), model.config["hidden"]
    stack = f"{cell} of {H} units" if layers == 1 else f"{cell} of {layers} layers with {H} units each"
    level = "character" if vocabulary.level == "char" else vocabulary.level
    return (
        f"A {level}-level {stack}: {model.params.size:,} weights of {bits} bits. "
        "It runs in this page and sends nothing."
    )


def facts(vocabulary: Vocabulary) -> dict:
    """What the page knows of the vocabulary; `labels` are those of symbols that would be invisible as they are."""
    names = {k: "".join(map(visible, vocabulary.label(k))) for k in range(len(vocabulary))}
    labels = {k: name for k, name in names.items() if name != vocabulary.decode([k])}
    saved = vocabulary.as_dict() | {"labels": labels, "opening": int(vocabulary.opening()[0])}
    return saved | ({"pattern": word_pattern(vocabulary.tokeniser)} if vocabulary.level == "word" else {})
