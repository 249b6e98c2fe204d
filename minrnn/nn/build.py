"""From the description of a model to the model: LanguageModel or ClozeModel, by the kind of cell."""

import numpy as np

from cells import CELLS, Bidirectional

from .cloze_model import ClozeModel
from .language_model import LanguageModel

SIZES = ("cell", "layers", "hidden", "embed", "dropout", "dropout_at", "dropout_mask", "tie_weights")


def build(config, rng=None, dtype=np.float32):
    """The model that `config` describes: a ClozeModel for bidirectional cells, else a LanguageModel."""
    kind = ClozeModel if issubclass(CELLS[config["cell"]], Bidirectional) else LanguageModel
    return kind(**config, dtype=dtype, rng=rng)
