"""The sample of symbols that a training step predicts among, where there are so many that all would take too long."""

import math

import numpy as np

from ..nn.language_model import LanguageModel
from ..nn.matrices import cell_matrices
from ..nn.sampled_softmax import Sampler
from ..options.training_options import MANY_SYMBOLS, MOST_SAMPLED


def new_sampler(counts: np.ndarray, K: int | None) -> Sampler | None:
    """What draws the samples, of about `K` symbols; None where there are none, as K is 0.

    counts (V,) is how often each symbol occurs in the training text. Without a K, it is chosen by V.
    """
    if K is None:
        K = min(len(counts) // 4, MOST_SAMPLED) if len(counts) >= MANY_SYMBOLS else 0
    return Sampler(counts, K) if K else None


def reading_to_learning(model: LanguageModel, sampler: Sampler | None, symbols: int) -> float:
    """How many times as many multiplications a forward pass has in a validation, which predicts among all symbols.

    Compared is that of a training step on so many symbols, with the sampler.
    """
    if sampler is None:
        return 1.0
    c = model.config
    cells = sum(math.prod(shape) for _, shape in cell_matrices(model))
    one, V = c["projection"] or model.directions * c["hidden"], c["V"]
    return (cells + one * V) / (cells + one * sampler.size(symbols))
