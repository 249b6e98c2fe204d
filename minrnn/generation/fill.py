"""Filling blanks with a cloze model: a draft from left to right, then each blank is drawn again from both sides.

Drawing every blank in turn from its probability given all the others is Gibbs sampling (Geman and
Geman 1984): after enough sweeps, nothing is left of the draft.
"""

import re

import numpy as np
from numpy.random import Generator

from data import Vocabulary
from data.unknown import agreed

from ..nn.cloze_model import ClozeModel
from ..parallel.pools import one_blas_thread
from .choose import choose

BLANK = "_"


def fill(
    model: ClozeModel, x: np.ndarray, blanks: np.ndarray, rng: Generator, sweeps: int,
    allowed: np.ndarray | None = None, **choice,
) -> np.ndarray:  # fmt: skip
    """x integers (n, N), N samples, with new symbols where `blanks` (n,) is true.

    With `allowed` (V,), only those symbols are written. `choice` goes to `choose`.

    The draft knows the left context only. In a sweep, one backward pass gives the right context of
    all symbols: what stands right of a blank does not change before the blank's turn.
    """
    x = x.copy()
    N = x.shape[1]
    nothing = np.zeros((len(x), N, model.config["hidden"]), model.dtype)
    first = int(np.argmax(blanks)) if blanks.any() else len(x)
    with one_blas_thread:
        before = model.left(x[:first], model.zero_state(N)) if first else (nothing[0], model.zero_state(N))
        for sweep in range(sweeps + 1):
            right = model.right(x) if sweep else nothing
            left, state = before
            symbols = np.empty_like(x[:1])
            next_left, step = model.left_stepper(symbols, state)
            for t in range(first, len(x)):
                if blanks[t]:
                    logits = model.between(left, right[t])
                    x[t] = choose(logits if allowed is None else np.where(allowed, logits, -np.inf), rng, **choice)
                symbols[0] = x[t]
                step()
                left = next_left
    return x


def continued(model: ClozeModel, prime: np.ndarray, length: int, rng: Generator, sweeps: int, **choice) -> np.ndarray:
    """What follows `prime`, integers (n, N): `length` new symbols for each sample, integers (length, N)."""
    x = np.concatenate([prime, np.zeros((length, prime.shape[1]), prime.dtype)])
    return fill(model, x, np.arange(len(x)) >= len(prime), rng, sweeps, **choice)[len(prime) :]


def with_blanks(
    text: str, vocabulary: Vocabulary, unknown: str | None = None
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """(symbol ids (n,), which of them are blanks (n,), notes) of a text in which _ stands for a symbol to fill in.

    The vocabulary says how many symbols a run of _ stands for. \\_ is the character _ itself. Unknown symbols: see
    `data.unknown.agreed`, which writes the notes.
    """
    parts = re.findall(rf"{BLANK}+|(?:\\{BLANK}|[^{BLANK}])+", text)
    blank = [part.startswith(BLANK) for part in parts]
    parts = [part if is_blank else part.replace("\\" + BLANK, BLANK) for part, is_blank in zip(parts, blank)]
    parts, notes = agreed(vocabulary, parts, unknown, "text of --fill", known=BLANK)
    ids = [
        np.zeros(vocabulary.blanks(part), vocabulary.dtype) if is_blank else vocabulary.encode(part, unknown)
        for part, is_blank in zip(parts, blank)
    ]
    blanks = np.repeat(np.array(blank, bool), list(map(len, ids)))
    return np.concatenate([np.array([], vocabulary.dtype), *ids]), blanks, notes
