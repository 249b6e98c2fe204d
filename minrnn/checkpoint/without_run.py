"""Checkpoints of models that no run of ours has trained: there is nothing to resume, and all else to use."""

from os import PathLike

import numpy as np

from cells import CELLS

from ..options.table import DEFAULTS, accepted
from .file import save
from .schema import FORMAT, MODEL_ONLY, VERSION, shapes, sizes
from .tree import compare


def save_without_run(path: str | PathLike, config: dict, vocabulary: dict, weights: dict[str, np.ndarray]) -> None:
    """Writes a checkpoint for sample.py and train.py --init-from; nothing in it need be trusted.

    `config` are the arguments of the model, `vocabulary` is what `as_dict` of a vocabulary returns. Raises
    CheckpointError or another ValueError where they or the weights are not what a model can have.
    """
    nothing = dict.fromkeys(("optimizer", "progress", "rng"))
    sections = {"config": {"model": config, "options": {}, "text": None}, "vocab": vocabulary, "weights": weights}
    compare({"format": FORMAT, "version": VERSION, **sections, **nothing}, MODEL_ONLY)
    sections["weights"] = {name: weights[name] for name, _ in shapes(sections)}
    model = sizes(sections)
    # What the cell is told, by the names of the options: the opposite of `cell_options`.
    names = accepted(CELLS[model["cell"]], {name: name for name in DEFAULTS})
    told = {names[name]: value for name, value in model["cell_options"].items()}
    sections["config"]["options"] = {name: v for name, v in (model | vocabulary | told).items() if name in DEFAULTS}
    save(path, sections | nothing)
