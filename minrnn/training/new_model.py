"""From options to a new model."""

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
