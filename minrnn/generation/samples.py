"""What sample.py was asked to write: samples that go on from a prompt, or a text with its blanks filled in."""

from argparse import Namespace
from collections.abc import Callable, Iterable
from itertools import chain, islice

import numpy as np
from numpy.random import Generator

from data import Vocabulary
from data.unknown import read

from ..nn.language_model import LanguageModel
from ..system.cores import physical_cores
from ..system.errors import OptionError
from ..system.wording import cell_label
from .fill import BLANK, continued, fill, with_blanks
from .generate import generate, generate_many, side_by_side
from .prompts import check_stops

# Where it is not known which symbols occur, a random start is one of those that hold this much of the probability.
LIKELY = 0.95


def asked(
    o: Namespace, model: LanguageModel, vocabulary: Vocabulary, note: Callable[[str], object] = lambda line: None
) -> Iterable[np.ndarray]:
    """The symbol ids that the options of sample.py ask for, integers (num,), as they are generated.

    `note` is called with each line for the user. o.stop and o.stop_after become what the model writes,
    and o.drawn_seed is the seed, also if none was given. Raises
    OptionError if the model cannot do what is asked for, and UnknownSymbol for symbols that it does not know.
    """
    if o.allow_unknown and vocabulary.unknown is None:
        raise OptionError("--allow-unknown is for models with <unk> among their symbols (--vocab-size); leave it out")
    check_stops(o, vocabulary, note)
    o.drawn_seed = int(np.random.default_rng().integers(10**9)) if o.seed is None else o.seed
    rng = np.random.default_rng(o.drawn_seed)
    choice = dict(temperature=o.temperature, top_k=o.top_k, top_p=o.top_p, greedy=o.greedy)
    choice["never"] = None if o.allow_unknown else vocabulary.unknown
    return (filled if o.fill else written)(o, model, vocabulary, rng, choice, note)


def written(
    o: Namespace, model: LanguageModel, vocabulary: Vocabulary, rng: Generator, choice: dict, note: Callable
) -> Iterable[np.ndarray]:
    """The symbols of the samples, --length of them: an iterable of integers (num,)."""
    if o.random_start:
        prime = random_start(model, vocabulary, o.num, rng)
    else:
        prime = prompt(o, vocabulary, note)
        prime = side_by_side(prime if len(prime) else vocabulary.opening(), o.num)
    first = prime if o.random_start else prime[:0]
    length = o.length - len(first) if o.length else None
    if model.directions == 1:
        if o.num > 1:
            return chain(first, generate_many(model, prime, length, rng, physical_cores(), **choice))
        return chain(first, islice(generate(model, prime, rng, **choice), length))
    if length is None:
        raise OptionError("--length 0 has no end, and a bidirectional model writes from both ends; give a --length")
    return chain(first, continued(model, prime, length, rng, o.sweeps, **choice))


def prompt(o: Namespace, vocabulary: Vocabulary, note: Callable) -> np.ndarray:
    """The symbol ids (n,) of the prompt."""
    symbols, notes = read(vocabulary, o.prime, o.unknown, "prompt")
    for line in notes:
        note(line)
    return symbols


def random_start(model: LanguageModel, vocabulary: Vocabulary, num: int, rng: Generator) -> np.ndarray:
    """A first symbol for each sample, integers (1, num), of those that the training text has.

    If the checkpoint does not say which these are, of those that the model finds likely at the beginning of a text.
    """
    starters = vocabulary.starters()
    if starters is not None:
        return starters[rng.integers(len(starters), size=(1, num))]
    opening = side_by_side(vocabulary.opening(), num)
    if model.directions == 1:
        return next(generate(model, opening, rng, top_p=LIKELY))[np.newaxis]
    return continued(model, opening, 1, rng, 0, top_p=LIKELY)


def filled(
    o: Namespace, model: LanguageModel, vocabulary: Vocabulary, rng: Generator, choice: dict, note: Callable
) -> np.ndarray:
    """The text of --fill with its blanks filled in: integers (n, num)."""
    if model.directions == 1:
        raise OptionError(
            f"--fill looks at both sides of a blank, but {' and '.join(o.model)} has cell "
            f"{cell_label(model.config['cell'])}, which sees the left side only; "
            "train one with --cell bilstm, bigru or birnn"
        )
    symbols, blanks, notes = with_blanks(o.fill, vocabulary, o.unknown)
    for line in notes:
        note(line)
    if not blanks.any():
        raise OptionError(f"--fill {o.fill!r} has no blank; put {BLANK} for each symbol to fill in")
    opening = vocabulary.opening()
    x = side_by_side(np.concatenate([opening, symbols]), o.num)
    blanks = np.concatenate([[False], blanks])
    return fill(model, x, blanks, rng, o.sweeps, vocabulary.fillers(), **choice)[len(opening) :]
