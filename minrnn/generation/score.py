"""How well a model predicts a text."""

from collections.abc import Iterator

import numpy as np

from data import Text, TextError, Vocabulary, advice, windows
from data.streams import inputs_and_targets
from data.unknown import read

from ..nn.language_model import LanguageModel
from ..parallel.pools import one_blas_thread
from ..parallel.shards import Shards
from ..system.console import note
from ..system.wording import bits_and_perplexity, perplexity

# At the end of a window, a bidirectional model sees nothing to the right: so windows are long.
WINDOW = 2048
# Other programs score windows of this length without any context; so many of them are read side by side.
RESET, ROWS = 256, 12


def score(
    model: LanguageModel,
    vocabulary: Vocabulary,
    path: str,
    training: np.ndarray | None = None,
    encoding: str = "utf-8",
    unknown: str | None = None,
    **dynamic: float,
) -> str:
    """A table of what the text at `path` costs the model, one unit per line. Raises TextError for an empty text.

    Every symbol counts, the first one too: it is predicted from the line end that opens a text. A
    bidirectional model predicts each symbol from both sides.

    `unknown` says what is done with unknown symbols: see `data.unknown.agreed`.

    With `training`, symbol ids (n,) of the training text, a second column has the numbers of a model that goes on
    learning, with the rate, decay and T of `dynamic.evaluate`. Raises OptionError if this model cannot.
    """
    text = Text([path], encoding, vocabulary.raw)
    symbols, notes = read(vocabulary, text, unknown)
    for line in notes:
        note(line)
    if not len(symbols):
        raise TextError(f"{path} is empty; give a text to score")
    for line in advice(text, vocabulary, symbols)[1]:
        note(f"warning: {line}")
    framed = model.framed(symbols, vocabulary.opening())
    columns = {}
    if training is not None:
        from .dynamic import evaluate, usual_gradient  # Late: few scores need it.

        with one_blas_thread:
            M = usual_gradient(model, training, dynamic["T"])
            columns["dynamic"] = evaluate(model, framed, M, **dynamic)
    columns = {"static": Shards(model, 1, 1).evaluate(windows(framed, 1, WINDOW))} | columns
    rows = [in_units(*column, text.characters / len(symbols)) for column in columns.values()]
    lines = [["", *columns]] if len(columns) > 1 else []
    lines += [[unit, *(row[unit] for row in rows)] for unit in rows[0]]
    lines += [
        [f"nats, reset every {RESET} symbols", f"{reset_loss(model, framed):.4f}"],
        ["symbols", str(len(symbols))],
    ]
    return "\n".join(f"{unit:16}  " + "".join(f"{v:<10}" for v in values).rstrip() for unit, *values in lines)


def in_units(loss: float, accuracy: float, characters: float) -> dict[str, str]:
    """A loss in nats a symbol in other units, and the accuracy; `characters`: how many a symbol has on average."""
    bits, _ = bits_and_perplexity(loss, characters)
    return {
        "nats a symbol": f"{loss:.4f}",
        "bits a character": f"{bits:.4f}",
        "perplexity": perplexity(loss, 4),
        "accuracy": f"{accuracy:.4f}",
    }


def reset_loss(model: LanguageModel, framed: np.ndarray) -> float:
    """The loss in nats a symbol of a framed text (n + 1,), read in windows of RESET symbols from a zero state each."""
    with one_blas_thread:
        return sum(model.loss(x, y)[0] for x, y in cut(framed, RESET, ROWS)) / (len(framed) - 1)


def cut(framed: np.ndarray, T: int, N: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields (x, y), integers (T, N or fewer): windows of T symbols, N side by side, and the shorter one at the end."""
    n = len(framed) - 1
    starts = np.arange(0, n - n % T, T)
    for k in range(0, len(starts), N):
        yield inputs_and_targets(framed, starts[k : k + N], T)
    if n % T:
        yield inputs_and_targets(framed, np.array([n - n % T]), n % T)
