"""From options to a new model, and from a trained model to one that knows more symbols."""

import numpy as np

from ..nn.build import build
from ..nn.config import SIZES
from ..nn.initialisers import frequency_bias, initialise
from ..nn.language_model import LanguageModel
from ..options.table import cell_options


def new_model(counts: np.ndarray, options: dict) -> LanguageModel:
    """A model with the weights that the seed and the initialisers of the options give it.

    counts (V,) says how often each symbol occurs in the text to learn from.
    """
    rng = np.random.default_rng(options["seed"])
    config = {name: options[name] for name in SIZES}
    model = build({"V": len(counts), **config, "cell_options": cell_options(options)}, rng)
    initialise(model, rng, *(options[name] for name in ("init", "init_embedding", "init_recurrent", "init_output")))
    if options["output_bias"] == "frequencies":
        model.weights()["output.b"][:] = frequency_bias(counts)
    return model


def take_over(model: LanguageModel, weights: dict[str, np.ndarray]) -> None:
    """Copies the weights of a model of the same structure, which knows the first symbols of this one and no more.

    The rows and columns of the other symbols stay as they are.
    """
    for name, w in model.weights().items():
        old = weights[name]
        w[tuple(map(slice, old.shape))] = old
