"""A model and its vocabulary out of a checkpoint, ready to write and to score."""

from os import PathLike

import numpy as np

from data import Vocabulary, vocabulary_from

from ..nn.build import build
from ..nn.language_model import LanguageModel
from ..system.errors import CheckpointError
from .file import load
from .schema import sizes


def load_weights(model: LanguageModel, weights: dict[str, np.ndarray]) -> None:
    """Copies weights by name into the model. Raises CheckpointError where names or shapes differ."""
    mine = model.weights()
    if {name: w.shape for name, w in mine.items()} != {name: w.shape for name, w in weights.items()}:
        raise CheckpointError("the weights are not those of a model like this one")
    for name, w in mine.items():
        w[:] = weights[name]


def model_and_vocabulary(saved: dict) -> tuple[LanguageModel, Vocabulary]:
    """The model and the vocabulary of a checkpoint that `load` gave."""
    model = build(sizes(saved))
    load_weights(model, saved["weights"])
    return model, vocabulary_from(saved["vocab"])


def load_model(path: str | PathLike) -> tuple[LanguageModel, Vocabulary]:
    """The model and the vocabulary of a checkpoint file, for generation and scoring. Raises CheckpointError.

    Several threads may use both at once, as long as none of them trains the model.
    """
    return model_and_vocabulary(load(path, model_only=True))
