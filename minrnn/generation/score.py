"""How well a model predicts a text.

The text is cut into pieces, which are read on all threads, and under mpiexec on all ranks:
- For the loss with the state carried, it is one piece, which is read from start to end. A text of LONG symbols or more
  is many pieces: each is read after the WARM_UP symbols before it, from a zero state, and then has as good a state.
- For the loss with the state reset, RESET symbols are read from a zero state each.
"""

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from data import Text, TextError, Vocabulary, advice
from data.streams import inputs_and_targets
from data.unknown import read

from ..nn.language_model import LanguageModel
from ..parallel.pools import one_blas_thread
from ..parallel.tasks import done
from ..system.console import note
from ..system.cores import physical_cores
from ..system.mpi import ranks_here
from ..system.wording import bits_and_perplexity, perplexity

# Symbols that are read at once. At the end of a window, a bidirectional model sees nothing to the right: so it is long.
WINDOW = 2048
# Other programs score windows of this length without any context; so many of them are read side by side.
RESET, ROWS = 256, 12
# From so many symbols on, a text is read in PIECES, all but the first in groups side by side.
LONG, PIECES, GROUP, WARM_UP = 1_000_000, 65, 8, WINDOW


class Piece(NamedTuple):
    """`length` symbols from each of `starts`, side by side, which are read after the `before` symbols before them."""

    starts: np.ndarray
    length: int
    before: int = 0


def score(
    model: LanguageModel,
    vocabulary: Vocabulary,
    path: str,
    training: np.ndarray | None = None,
    encoding: str = "utf-8",
    unknown: str | None = None,
    share: Callable[..., list] | None = None,
    **dynamic: float,
) -> str:
    """A table of what the text at `path` costs the model, one unit per line. Raises TextError for an empty text.

    Every symbol counts, the first one too: it is predicted from the line end that opens a text. A
    bidirectional model predicts each symbol from both sides.

    `unknown` says what is done with unknown symbols: see `data.unknown.agreed`.

    With `training`, symbol ids (n,) of the training text, a second column has the numbers of a model that goes on
    learning, with the rate, decay and T of `dynamic.evaluate`. Raises OptionError if this model cannot.

    `share` computes the pieces with other processes. It is called like `parallel.tasks.done`, with a digest of what all
    must have in common.
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
    n = len(framed) - 1
    carried, reset = carried_pieces(n, GROUP if model.directions == 1 else 1), reset_pieces(n)
    threads = max(1, physical_cores() // ranks_here())
    work = partial(losses, framed), carried + reset, model, threads
    parts = share(*work, of=digest(model, framed)) if share else done(*work)
    columns = {"static": mean(parts[: len(carried)], n)} | columns
    rows = [in_units(*column, text.characters / len(symbols)) for column in columns.values()]
    lines = [["", *columns]] if len(columns) > 1 else []
    lines += [[unit, *(row[unit] for row in rows)] for unit in rows[0]]
    lines += [
        [f"nats, reset every {RESET} symbols", f"{mean(parts[len(carried) :], n)[0]:.4f}"],
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


def carried_pieces(n: int, group: int) -> list[Piece]:
    """The pieces of n symbols for the loss with the state carried; so many are read side by side."""
    if n < LONG:
        return [Piece(np.array([0]), n)]
    length = n // PIECES
    # The first piece has nothing before it, and is the longest.
    starts = n - length * np.arange(PIECES - 1, -1, -1)[:-1]
    groups = np.split(starts, range(group, len(starts), group))
    return [Piece(np.array([0]), starts[0]), *(Piece(group, length, WARM_UP) for group in groups)]


def reset_pieces(n: int) -> list[Piece]:
    """The pieces of n symbols for the loss with the state reset; the last one is shorter."""
    starts = np.arange(0, n - n % RESET, RESET)
    pieces = [Piece(starts[k : k + ROWS], RESET) for k in range(0, len(starts), ROWS)]
    return pieces + ([Piece(np.array([n - n % RESET]), n % RESET)] if n % RESET else [])


def losses(framed: np.ndarray, model: LanguageModel, piece: Piece) -> Iterator[tuple[float, int]]:
    """Reads a piece of a framed text (n + 1,), and yields (sum of the losses, right predictions) of each window."""
    state, window = None, max(RESET, WINDOW // len(piece.starts))
    for k in range(-piece.before, piece.length, window):
        x, y = inputs_and_targets(framed, piece.starts + k, min(window, piece.length - k))
        loss, right, state = model.loss(x, y, state)
        yield (loss, right) if k >= 0 else (0.0, 0)


def mean(parts: list[list[tuple[float, int]]], n: int) -> tuple[float, float]:
    """(loss in nats a symbol, share of right predictions) of n symbols, from the windows of some pieces."""
    loss, right = np.sum([window for part in parts for window in part], axis=0)
    return loss / n, right / n


def digest(model: LanguageModel, framed: np.ndarray) -> str:
    """A digest of the weights, of one model or several, and of the text."""
    models = getattr(model, "models", [model])
    return sha256(b"".join([framed.tobytes(), *(each.params.tobytes() for each in models)])).hexdigest()
