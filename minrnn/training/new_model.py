"""From options to a new model."""

import numpy as np

from ..nn.build import SIZES, build
from ..nn.initialisers import initialise
from ..nn.language_model import LanguageModel
from ..options.table import cell_options


def new_model(V: int, options: dict) -> LanguageModel:
    """A model of V symbols, with the weights that the seed and the initialisers of the options give it."""
    rng = np.random.default_rng(options["seed"])
    config = {name: options[name] for name in SIZES}
    model = build({"V": V, **config, "cell_options": cell_options(options)}, rng)
    initialise(model, rng, *(options[name] for name in ("init", "init_embedding", "init_recurrent", "init_output")))
    return model
