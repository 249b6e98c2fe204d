"""The probabilities that a model gives: to the symbols that may come next, and to a text."""

import math
from argparse import Namespace
from collections.abc import Callable

import numpy as np

from data import Vocabulary, windows
from data.unknown import read

from ..nn.ensemble import log_softmax
from ..nn.language_model import LanguageModel
from ..parallel.pools import one_blas_thread
from ..system.errors import OptionError
from ..system.wording import cell_label, visible
from .generate import read as run_through
from .generate import side_by_side
from .samples import prompt
from .score import WINDOW


def next_probabilities(model: LanguageModel, vocabulary: Vocabulary, prime: np.ndarray) -> np.ndarray:
    """The probability (V,) of each symbol after the prompt, symbol ids (n,), or at the beginning of a text.

    Raises OptionError for a bidirectional model.
    """
    if model.directions > 1:
        raise OptionError(
            f"--next asks what follows, but a model of cell {cell_label(model.config['cell'])} fills in what has two "
            "sides; give --fill, or a model that reads in one direction"
        )
    logits, _ = run_through(model, side_by_side(prime if len(prime) else vocabulary.opening(), 1))
    return np.exp(log_softmax(logits[0].astype(np.float64)))


def text_costs(
    model: LanguageModel, vocabulary: Vocabulary, symbols: np.ndarray, prime: np.ndarray | None = None
) -> np.ndarray:
    """-log p in nats (n,) of each symbol of a text, symbol ids (n,), after a prompt or a line end.

    A bidirectional model sees both sides of each symbol.
    """
    opening, before = vocabulary.opening(), symbols[:0] if prime is None else prime
    if len(before) and model.directions == 1:
        opening, before = before[:1], before[1:]  # As in `generate`, the prompt is the beginning.
    return costs(model, model.framed(np.concatenate([before, symbols]), opening))[0][len(before) :]


def costs(model: LanguageModel, framed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """-log p in nats (n,) of each symbol of a framed text, ids (n + 1,), and whether it was the likeliest, booleans."""
    state, nats, right = None, [], []
    for x, y in windows(framed, 1, WINDOW):
        with one_blas_thread:
            logits, state = model.forward(x, state)
        logp = log_softmax(logits.astype(np.float64))
        targets = model.targets(x, y).astype(np.intp)
        nats.append(-np.take_along_axis(logp, targets[..., np.newaxis], axis=2).ravel())
        right.append((logp.argmax(axis=2) == targets).ravel())
    return np.concatenate(nats), np.concatenate(right)


def table(o: Namespace, model: LanguageModel, vocabulary: Vocabulary, note: Callable[[str], object]) -> str:
    """What --next and --probability tell, a line each. Raises OptionError for a text without symbols."""
    prime = prompt(o, vocabulary, note)
    if o.next:
        p = next_probabilities(model, vocabulary, prime)
        best = np.argsort(-p, kind="stable")[: o.next].tolist()
        return "\n".join(f'{p[k]:.6f}  "{visible(vocabulary.label(k))}"' for k in best)
    symbols, notes = read(vocabulary, o.probability, o.unknown, "text of --probability")
    for line in notes:
        note(line)
    if not len(symbols):
        raise OptionError("--probability has no symbol that the model knows; give a text with something in it")
    nats = text_costs(model, vocabulary, symbols, prime)
    total = float(nats.sum())
    rows = {
        "nats a symbol": f"{total / len(nats):.4f}",
        "nats in total": f"{total:.4f}",
        "probability": f"{math.exp(-total):.6g}" if total < 700 else f"10^-{total / math.log(10):.0f}",
        "symbols": str(len(nats)),
    }
    return "\n".join(f"{unit:16}  {value}" for unit, value in rows.items())
