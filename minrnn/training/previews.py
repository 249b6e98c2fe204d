"""What a run shows of itself while it learns: a long sample, several short ones, or predictions beside their input.

Each style is a function of the run that returns a text. The same seed and step show the same.
"""

from itertools import islice

import numpy as np

from ..generation.fill import continued
from ..generation.generate import generate, side_by_side
from ..nn.cloze_model import ClozeModel
from ..nn.output import softmax_cross_entropy
from ..system.wording import visible
from .randomness import SAMPLES

TEMPERATURE = 0.8
# Fewer than sample.py makes: nobody wants to wait for a sample in training.
SWEEPS = 4
LONG, SHORT, SEVERAL, ROWS = 400, 80, 5, 20


def one(run):
    """How the model goes on with the held-out text."""
    rng = generator(run)
    symbols = write(run.model, side_by_side(run.corpus.prompt(), 1), run.options["sample_length"] or LONG, rng)
    return run.corpus.vocabulary.decode(symbols[:, 0])


def several(run):
    """Short samples, each from a random first symbol."""
    rng = generator(run)
    first = rng.integers(len(run.corpus.vocabulary), size=(1, SEVERAL))
    symbols = np.concatenate([first, write(run.model, first, (run.options["sample_length"] or SHORT) - 1, rng)])
    return "\n".join(visible(run.corpus.vocabulary.decode(sample)) for sample in symbols.T)


def rows(run):
    """What the model makes of the batch it learns next: file, input, likeliest predictions, loss of each row."""
    x, y, states = run.next_batch()
    logits = run.shards.logits(x, states)[:, :ROWS]
    x, y = x[:, :ROWS], run.model.targets(x, y)[:, :ROWS]
    predicted = logits.argmax(axis=2)
    losses = [softmax_cross_entropy(logits[:, [n]], y[:, [n]], len(y))[0] for n in range(y.shape[1])]
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


def write(model, prime, length, rng):
    """`length` symbols after `prime`, integers (n, N), by either kind of model -> integers (length, N)."""
    if isinstance(model, ClozeModel):
        return continued(model, prime, length, rng, SWEEPS, temperature=TEMPERATURE)
    symbols = islice(generate(model, prime, rng, temperature=TEMPERATURE), length)
    return np.array(list(symbols), prime.dtype).reshape(length, prime.shape[1])


def generator(run):
    return np.random.default_rng((SAMPLES, run.options["seed"], run.step))
