"""Parts of a text: what is held out of it, and which file a symbol came from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .errors import TextError

# A part of a text is taken from so many places, but in pieces of so many symbols at least: after a jump from one piece
# to the next, the first symbols are predicted badly.
PLACES, PIECE = 32, 1000


def hold_out(
    symbols: np.ndarray, starts: list[int], val: float = 0.0, val_first: int = 0, val_files: int = 0
) -> tuple[np.ndarray, np.ndarray, int]:
    """(training part, held-out part, where the training part begins): views of one text, symbol ids (n,).

    Held out is the last share `val` of the text, or its first `val_first` symbols, or its last
    `val_files` files, whose first symbols are at `starts`. At most one of the three may be given.
    Raises TextError if nothing is left to learn from.
    """
    n = len(symbols)
    if val_first:
        if val_first >= n:
            raise TextError(
                f"--val-first {val_first} holds out all of the text's {n} symbols; "
                "leave some to learn from, or give a longer text"
            )
        return symbols[val_first:], symbols[:val_first], val_first
    if val_files:
        cut = starts[-val_files] if val_files < len(starts) else 0
        if not cut:
            files = f"{len(starts)} file{'' if len(starts) == 1 else 's'}"
            raise TextError(
                f"--val-files {val_files} holds out all of the text's {files}; "
                "leave one with text in it to learn from, or hold out a share of the text with --val"
            )
        if cut == n:
            raise TextError(
                f"--val-files {val_files} holds out nothing: the files at the end of the text are empty; "
                "leave them out, or hold out more"
            )
    else:
        cut = n - round(n * val)
    return symbols[:cut], symbols[cut:], 0


def spread(symbols: np.ndarray, most: int) -> np.ndarray:
    """A text (n,), or if it is longer than `most` symbols, about so many of them: pieces spread evenly over it."""
    n = len(symbols)
    if n <= most:
        return symbols
    places = min(PLACES, max(1, most // PIECE))
    return np.concatenate([symbols[k * n // places :][: most // places] for k in range(places)])


def file_at(starts: list[int], files: Sequence[Path], position: int) -> Path:
    """The file that the symbol at `position` of the text came from; `starts` as `encode_text` returns them."""
    # The last of equal starts: the files before it are empty.
    return files[np.searchsorted(starts, position, side="right") - 1]
