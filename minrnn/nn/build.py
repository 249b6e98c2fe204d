"""From the description of a model to the model."""

import numpy as np

from cells import CELLS, Bidirectional

from .cloze_model import ClozeModel
from .language_model import LanguageModel


def build(config: dict, rng: np.random.Generator | None = None, dtype=np.float32) -> LanguageModel:
    """The model with these arguments (V, SIZES, cell_options): a ClozeModel if its cell is bidirectional."""
    kind = ClozeModel if issubclass(CELLS[config["cell"]], Bidirectional) else LanguageModel
    return kind(**config, dtype=dtype, rng=rng)
