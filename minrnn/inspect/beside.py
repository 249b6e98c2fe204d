"""A second model beside the one of a page: the same text, symbol by symbol, and its own predictions of it."""

from dataclasses import dataclass

import numpy as np

from data.vocabulary import Vocabulary

from ..nn.language_model import LanguageModel
from ..system.errors import OptionError
from .reading import Reading, read

Names = tuple[str, str]  # of the page's model and of the one beside it


@dataclass
class Beside:
    """What the other model computed and knows."""

    names: Names
    reading: Reading
    vocabulary: Vocabulary


def read_beside(names: Names, model: LanguageModel, vocabulary: Vocabulary, symbols: np.ndarray) -> Beside:
    """The other model reads the symbols (n,) of its vocabulary."""
    return Beside(names, read(model, vocabulary, symbols), vocabulary)


def check_same_symbols(
    names: Names, vocabularies: tuple[Vocabulary, Vocabulary], symbols: tuple[np.ndarray, np.ndarray]
) -> None:
    """Raises OptionError unless two models see the same symbols in a text, each by ids (n,) of its vocabulary."""
    ours, theirs = ([known.decode([k]) for k in ids] for known, ids in zip(vocabularies, symbols))
    if ours == theirs:
        return
    at = next((k for k, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    a, b = (repr(all_of[at]) if at < len(all_of) else "the end" for all_of in (ours, theirs))
    raise OptionError(
        f"--beside needs models that read the same symbols: number {at + 1} of the text is {a} for {names[0]} "
        f"and {b} for {names[1]}"
    )
