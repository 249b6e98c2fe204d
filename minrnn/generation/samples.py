"""What sample.py was asked to write: samples that go on from a prompt, or a text with its blanks filled in."""

from argparse import Namespace
from collections.abc import Iterable
from itertools import chain, islice

import numpy as np
from numpy.random import Generator

from data import Vocabulary

from ..nn.language_model import LanguageModel
from ..system.cores import physical_cores
from ..system.errors import OptionError
from .fill import BLANK, continued, fill, with_blanks
from .generate import generate, generate_many, side_by_side


def asked(o: Namespace, model: LanguageModel, vocabulary: Vocabulary) -> Iterable[np.ndarray]:
    """The symbol ids that the options of sample.py ask for, integers (num,), as they are generated.

    Raises OptionError if the model cannot do that.
    """
    rng = np.random.default_rng(o.seed)
    choice = dict(temperature=o.temperature, top_k=o.top_k, top_p=o.top_p, greedy=o.greedy)
    return (filled if o.fill else written)(o, model, vocabulary, rng, choice)


def written(
    o: Namespace, model: LanguageModel, vocabulary: Vocabulary, rng: Generator, choice: dict
) -> Iterable[np.ndarray]:
    """The symbols of the samples, --length of them: an iterable of integers (num,)."""
    prime = vocabulary.encode(o.prime)
    prime = side_by_side(prime if len(prime) else vocabulary.opening(), o.num)
    if o.random_start:
        prime = rng.integers(len(vocabulary), size=(1, o.num))
    first = prime if o.random_start else prime[:0]
    length = o.length - len(first) if o.length else None
    if model.directions == 1:
        if o.num > 1:
            return chain(first, generate_many(model, prime, length, rng, physical_cores(), **choice))
        return chain(first, islice(generate(model, prime, rng, **choice), length))
    if length is None:
        raise OptionError("--length 0 has no end, and a bidirectional model writes from both ends; give a --length")
    return chain(first, continued(model, prime, length, rng, o.sweeps, **choice))


def filled(o: Namespace, model: LanguageModel, vocabulary: Vocabulary, rng: Generator, choice: dict) -> np.ndarray:
    """The text of --fill with its blanks filled in: integers (n, num)."""
    if model.directions == 1:
        raise OptionError(
            f"--fill looks at both sides of a blank, but {' and '.join(o.model)} has cell {model.config['cell']}, "
            "which sees the left side only; train one with --cell bilstm, bigru or birnn"
        )
    symbols, blanks = with_blanks(o.fill, vocabulary)
    if not blanks.any():
        raise OptionError(f"--fill {o.fill!r} has no blank; put {BLANK} for each symbol to fill in")
    opening = vocabulary.opening()
    x = side_by_side(np.concatenate([opening, symbols]), o.num)
    blanks = np.concatenate([[False], blanks])
    return fill(model, x, blanks, rng, o.sweeps, vocabulary.fillers(), **choice)[len(opening) :]
