"""One model's part of the work: its name, what of it is asked for, and its pictures of the text."""

from itertools import count
from pathlib import Path

import numpy as np

from data.vocabulary import Vocabulary

from ..nn.language_model import LanguageModel
from ..system.errors import OptionError
from ..system.wording import bits_and_perplexity, cell_label, perplexity
from .gates_picture import draw_gates
from .page import MAX_BYTES, MAX_SYMBOLS, write_page
from .reading import layers_of, read


def describe(model: LanguageModel) -> str:
    """The kind of model: "lstm 2 x 128"."""
    return f"{cell_label(model.config['cell'])} {model.config['layers']} x {model.config['hidden']}"


def unique_names(paths: list[Path]) -> list[str]:
    """A name for each checkpoint: its folder's. Where two are alike, the file's follows, and then a number."""
    folders = [path.resolve().parent.name or path.stem for path in paths]
    names = []
    for folder, path in zip(folders, paths):
        name = folder if folders.count(folder) == 1 else f"{folder}-{path.stem}"
        names.append(name if name not in names else next(n for k in count(2) if (n := f"{name}-{k}") not in names))
    return names


def unit_index(given: tuple[int, int] | None, model: LanguageModel, path: Path) -> tuple[int, int] | None:
    """--unit, (layer, unit) from 1, as indices from 0. Raises OptionError where the model has no such unit."""
    layers, hidden = layers_of(model), model.config["hidden"]
    if given and (given[0] > len(layers) or given[1] > hidden):
        raise OptionError(
            f"--unit {given[0]}:{given[1]} is unit {given[1]} of layer {given[0]}: {path} has {', '.join(layers)} "
            f"with {hidden} units each; count both from 1"
        )
    return given and (given[0] - 1, given[1] - 1)


def symbol_count(given: int | None, default: int, model: LanguageModel, path: Path) -> int:
    """How many symbols the page of a model shows. Raises OptionError where it has no room for those `given`."""
    # At least the h of every unit must have room.
    room = min(MAX_SYMBOLS, MAX_BYTES // (len(layers_of(model)) * model.config["hidden"]))
    if given is not None and given > room:
        raise OptionError(f"--symbols {given} is too much for a page with every unit of {path}; give at most {room}")
    return min(default, room) if given is None else given


def write_views(
    picture: Path, page: Path, model: LanguageModel, vocabulary: Vocabulary, symbols: np.ndarray, title: str,
    unit: tuple[int, int] | None,
) -> None:  # fmt: skip
    """Writes gates.png and page.html of a model that reads these symbols."""
    reading = read(model, vocabulary, symbols)
    draw_gates(reading, picture, f"{title}, {len(symbols):,} symbols")
    nats = float(reading.surprise.mean())
    bits, _ = bits_and_perplexity(nats, 1)
    context = "from both sides of it" if model.directions == 2 else "from what stands before it"
    about = (
        f"The first {len(symbols):,} symbols, each predicted {context}: {nats:.3f} nats a symbol "
        f"({bits:.3f} bits, perplexity {perplexity(nats)})."
    )
    write_page(page, reading, vocabulary, title, about, unit)
