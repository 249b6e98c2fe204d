"""The sample of symbols that a training step predicts among, where there are so many that all would take too long."""

import math

from ..nn.language_model import LanguageModel
from ..nn.matrices import cell_matrices
from ..nn.sampled_softmax import Sampler
from ..options.training_options import MANY_SYMBOLS, MOST_SAMPLED
from .corpus import Corpus


def new_sampler(corpus: Corpus, K: int | None) -> Sampler | None:
    """What draws the samples, of about `K` symbols; None where there are none, as K is 0. Without a K, V decides.

    The symbols of the training text are counted only where there is something to draw.
    """
    V = len(corpus.vocabulary)
    if K is None:
        K = min(V // 4, MOST_SAMPLED) if V >= MANY_SYMBOLS else 0
    return Sampler(corpus.counts(), K) if K else None


def reading_to_learning(model: LanguageModel, sampler: Sampler | None, symbols: int) -> float:
    """How many times as many multiplications a forward pass has in a validation, which predicts among all symbols.

    Compared is that of a training step on so many symbols, with the sampler.
    """
    if sampler is None:
        return 1.0
    cells = sum(math.prod(shape) for _, shape in cell_matrices(model))
    one, V = model.output.matrix("params").shape
    return (cells + one * V) / (cells + one * sampler.size(symbols))
