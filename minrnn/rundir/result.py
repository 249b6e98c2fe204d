"""result.json: what a run was told, what came out of it, and what it ran on; for tables of runs and other programs."""

import json
import math
import platform
from pathlib import Path

import numba
import numpy as np

from .. import __version__
from ..system.files import write_atomic
from ..system.wording import bits_and_perplexity


def write_result(path: Path, run, options: dict, rows: list[dict], finished: bool) -> None:
    """Writes the result of a run that is over, or was stopped before it was `finished`.

    `options` are those that belong to the run, `rows` those of its log. Losses are in nats a symbol. What was not
    measured is null. Raises OSError like `write_atomic`.
    """
    best = run.best if math.isfinite(run.best) else None
    bits, perplexity = (None, None) if best is None else bits_and_perplexity(best, run.corpus.width)
    result = {
        "finished": finished,
        "best_loss": best,
        "perplexity": perplexity,
        "bits_per_character": bits,
        "val_loss": newest(rows, "val_loss"),
        "val_accuracy": newest(rows, "val_accuracy"),
        "train_loss": newest(rows, "train_loss"),
        "step": run.step,
        "epoch": run.epoch,
        "symbols": run.symbols,
        "seconds": run.seconds,
        "parameters": run.model.params.size,
        "vocabulary": len(run.corpus.vocabulary),
        "text": run.corpus.digest,
        "options": options,
        "versions": {
            "minrnn": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "numba": numba.__version__,
        },
    }
    write_atomic(path, (json.dumps(result, indent=2, allow_nan=False) + "\n").encode())


def newest(rows: list[dict], name: str) -> float | None:
    """The last measurement of this name, with the figures that the log has: a resumed run knows no more."""
    found = [row[name] for row in rows if row.get(name) is not None]
    return float(f"{found[-1]:.10g}") if found and math.isfinite(found[-1]) else None
