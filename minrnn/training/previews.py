"""What a run writes while it learns: a long sample, several short ones, or predictions beside their input.

Each style is a function of the run that returns a text. The same seed and step show the same text.
"""

from collections.abc import Callable
from itertools import islice

import numpy as np
from numpy.random import Generator

from ..generation.fill import continued
from ..generation.generate import generate, side_by_side
from ..generation.samples import random_start
from ..nn.cloze_model import ClozeModel
from ..nn.language_model import LanguageModel
from ..nn.output import softmax_cross_entropy
from ..system.console import say
from ..system.wording import visible
from .randomness import SAMPLES
from .run import Run
from .standing import due
from .watcher import Watcher

TEMPERATURE = 0.8
# Fewer than sample.py makes: nobody wants to wait for a sample in training.
SWEEPS = 4
# Symbols of one long and of each short sample, how many short ones there are, and how many rows.
LONG, SHORT, SEVERAL, ROWS = 400, 80, 5, 20


class Previews(Watcher):
    """Shows samples in each style that was asked for, every --sample-every steps and at the end of the run.

    Each of `shows` is called with the run, the style and the sample.
    """

    def __init__(self, shows: list[Callable[[Run, str, str], None]]) -> None:
        self.shows = shows

    def step(self, run: Run, row: dict | None, over: bool) -> None:
        if over or due(run.options["sample_every"], run.step):
            for style in run.options["sample_style"]:
                with run.averaged():
                    sample = STYLES[style](run)
                for show in self.shows:
                    show(run, style, sample)


def tell(run: Run, style: str, sample: str) -> None:
    """Prints a sample."""
    say(f"--- step {run.step}, a sample ---\n{sample}\n---")


def one(run: Run) -> str:
    """How the model continues the held-out text."""
    rng = generator(run)
    symbols = write(run.model, side_by_side(run.corpus.prompt(), 1), run.options["sample_length"] or LONG, rng)
    return run.corpus.vocabulary.decode(symbols[:, 0])


def several(run: Run) -> str:
    """Short samples, each from a random first symbol."""
    rng = generator(run)
    first = random_start(run.model, run.corpus.vocabulary, SEVERAL, rng)
    symbols = np.concatenate([first, write(run.model, first, (run.options["sample_length"] or SHORT) - 1, rng)])
    return "\n".join(visible(run.corpus.vocabulary.decode(sample)) for sample in symbols.T)


def rows(run: Run) -> str:
    """What the model predicts in the next training batch: file, input, likeliest symbols and loss of each row."""
    x, y, logits = (v[:, :ROWS] for v in run.predictions())
    predicted = logits.argmax(axis=2)
    losses = [softmax_cross_entropy(logits[:, [n]], y[:, [n]], len(y))[0] for n in range(logits.shape[1])]
    decode = run.corpus.vocabulary.decode
    names = [run.corpus.file_at(position) for position in run.streams.starts(run.step)[:ROWS]]
    columns = [names, *([visible(decode(row)) for row in v.T] for v in (x, predicted))]
    widths = [max(map(len, column)) for column in columns]
    lines = [
        " | ".join([*(cell.ljust(width) for cell, width in zip(cells, widths)), f"{loss:.3f}"])
        for *cells, loss in zip(*columns, losses)
    ]
    return "\n".join(["file | input | prediction | loss (nats a symbol)", *lines])


STYLES = {"one": one, "several": several, "rows": rows}


def write(model: LanguageModel, prime: np.ndarray, length: int, rng: Generator) -> np.ndarray:
    """`length` symbols after `prime`, integers (n, N), by either kind of model -> integers (length, N)."""
    if isinstance(model, ClozeModel):
        return continued(model, prime, length, rng, SWEEPS, temperature=TEMPERATURE)
    symbols = islice(generate(model, prime, rng, temperature=TEMPERATURE), length)
    return np.array(list(symbols), prime.dtype).reshape(length, prime.shape[1])


def generator(run: Run) -> Generator:
    return np.random.default_rng((SAMPLES, run.options["seed"], run.step))
