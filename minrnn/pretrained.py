"""A model and its vocabulary out of a checkpoint, ready to write and to score."""

import numpy as np
from threadpoolctl import threadpool_limits

from data import vocabulary_from

from . import checkpoint
from .checkpoint import CheckpointError
from .model import LanguageModel


def load_weights(model, weights):
    """Copies weights by name into the model; CheckpointError where names or shapes differ."""
    mine = model.weights()
    if set(mine) != set(weights):
        odd = ", ".join(sorted(set(mine) ^ set(weights)))
        raise CheckpointError(f"the checkpoint's weights do not fit its configuration: {odd}")
    for name, w in mine.items():
        if w.shape != np.shape(weights[name]):
            raise CheckpointError(
                f"the checkpoint's {name} has shape {np.shape(weights[name])}; its configuration asks for {w.shape}"
            )
        w[:] = weights[name]


def load_model(path):
    """(model, vocabulary) from a checkpoint, for generation and scoring."""
    saved = checkpoint.load(path)
    # The products of one stream are too small to be worth a second thread.
    threadpool_limits(1, user_api="blas")
    model = LanguageModel(**saved["config"]["model"], rng=np.random.default_rng(0))
    load_weights(model, saved["weights"])
    model.reuse_memory()
    return model, vocabulary_from(saved["vocab"])
