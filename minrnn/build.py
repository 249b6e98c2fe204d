"""From options to a new model, and from a checkpoint's description to the model it was."""

import numpy as np

from cells import CELLS, Bidirectional

from .cloze import ClozeModel
from .initial import initialise
from .model import LanguageModel
from .options import cell_options

SIZES = ("cell", "layers", "hidden", "embed", "dropout", "dropout_at", "dropout_mask", "tie_weights")


def build(config, rng=None, dtype=np.float32):
    """The model that `config` describes: a ClozeModel for bidirectional cells, else a LanguageModel."""
    kind = ClozeModel if issubclass(CELLS[config["cell"]], Bidirectional) else LanguageModel
    return kind(**config, dtype=dtype, rng=rng)


def new_model(V, options):
    """A model of V symbols with the weights that the options' seed and initialisers give it."""
    rng = np.random.default_rng(options["seed"])
    config = {name: options[name] for name in SIZES}
    model = build({"V": V, **config, "cell_options": cell_options(options)}, rng)
    initialise(model, rng, *(options[name] for name in ("init", "init_embedding", "init_recurrent", "init_output")))
    return model
