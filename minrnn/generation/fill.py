"""Filling blanks with a cloze model: a draft from left to right, then each blank drawn again from both sides.

Drawing every blank in turn from its probability given all the others is Gibbs sampling (Geman and
Geman 1984): with enough sweeps the draft is forgotten.
"""

import re

import numpy as np

from .generate import choose

BLANK = "_"


def fill(model, x, blanks, rng, sweeps, allowed=None, **choice):
    """x integers (n, N), N samples, with new symbols where `blanks` (n,) is true; `choice` goes to `choose`.

    With `allowed` (V,), only those symbols are written.

    The draft knows what is to the left only. In a sweep, the right context of all symbols is one
    backward pass: what stands right of a blank does not change before the blank's turn.
    """
    x = x.copy()
    N = x.shape[1]
    nothing = np.zeros((len(x), N, model.config["hidden"]), model.dtype)
    first = int(np.argmax(blanks)) if blanks.any() else len(x)
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


def continued(model, prime, length, rng, sweeps, **choice):
    """What follows `prime`, integers (n, N): `length` new symbols for each sample, integers (length, N)."""
    x = np.concatenate([prime, np.zeros((length, prime.shape[1]), prime.dtype)])
    return fill(model, x, np.arange(len(x)) >= len(prime), rng, sweeps, **choice)[len(prime) :]


def with_blanks(text, vocabulary):
    """(symbols (n,), which of them are blanks (n,)) of a text in which _ stands for a symbol to fill in.

    Where symbols are words, a run of _ is one blank. \\_ is the character _ itself.
    """
    parts = [np.array([], vocabulary.dtype)]
    blanks = [np.array([], bool)]
    for part in re.findall(rf"{BLANK}+|(?:\\{BLANK}|[^{BLANK}])+", text):
        blank = part.startswith(BLANK)
        if blank:
            parts.append(np.zeros(vocabulary.blanks(part), vocabulary.dtype))
        else:
            parts.append(vocabulary.encode(part.replace("\\" + BLANK, BLANK)))
        blanks.append(np.full(len(parts[-1]), blank))
    return np.concatenate(parts), np.concatenate(blanks)
