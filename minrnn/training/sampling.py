"""The sample of symbols that a training step predicts among, where there are so many that all would take too long."""

import numpy as np

from ..nn.sampled_softmax import Sampler
from ..options.training_options import MANY_SYMBOLS, MOST_SAMPLED


def new_sampler(counts: np.ndarray, K: int | None) -> Sampler | None:
    """What draws the samples, of about `K` symbols; None where there are none, as K is 0.

    counts (V,) is how often each symbol occurs in the training text. Without a K, it is chosen by V.
    """
    if K is None:
        K = min(len(counts) // 4, MOST_SAMPLED) if len(counts) >= MANY_SYMBOLS else 0
    return Sampler(counts, K) if K else None
