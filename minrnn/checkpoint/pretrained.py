"""A model and its vocabulary out of a checkpoint, ready to write and to score."""

import numpy as np
from threadpoolctl import threadpool_limits

from data import vocabulary_from

from .. import checkpoint
from ..nn.build import build
from .file import CheckpointError


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


def described(saved):
    """(model, vocabulary) as a checkpoint describes them; CheckpointError where that makes no sense."""
    try:
        vocabulary = vocabulary_from(saved["vocab"])
        model = build(saved["config"]["model"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"the checkpoint describes no model of this program ({error!r})") from error
    if model.config["V"] != len(vocabulary):
        raise CheckpointError(
            f"the checkpoint's model has {model.config['V']} symbols, its vocabulary {len(vocabulary)}"
        )
    load_weights(model, saved["weights"])
    return model, vocabulary


def load_model(path):
    """(model, vocabulary) from a checkpoint file, for generation and scoring."""
    saved = checkpoint.load(path)
    # The products of one stream are too small to be worth a second thread.
    threadpool_limits(1, user_api="blas")
    model, vocabulary = described(saved)
    model.reuse_memory()
    return model, vocabulary
