"""Training from another program: a run like that of train.py, which leaves the host as it was."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory

from ..options.option import flag
from ..options.table import ROWS
from ..rundir.folder import best_weights
from ..system.errors import OptionError
from ..system.signals import Stop
from ..training.run import Run
from ..training.start import begin
from ..training.watcher import Watcher
from .keywords import as_options
from .model import Model, load

# Options of the command line that make no sense here.
FOREIGN = ("list_presets", "list_texts")


def train(
    text: str | PathLike | Iterable[str | PathLike] | None = None,
    *,
    on_progress: Callable[[dict], object] | None = None,
    **options,
) -> Model:
    """Trains on the text, a file, folder or corpus, or a list of them -> the model with the best validation loss.

    Options are those of train.py, as keywords: hidden=256, minutes=2. Files are kept only with out="DIR"; then
    out="DIR", resume=True goes on with the run. Nothing is printed, except with quiet=False.

    `on_progress` is called with a dict after every --log-every steps, and after every validation: step, epoch,
    symbols, seconds, lr, train_loss and, after a validation, val_loss. If it returns True, the run stops.

    Raises OptionError, TextError or CheckpointError for what is wrong with the arguments, and DivergedError.
    """
    rows = [row for row in ROWS.values() if row.name not in FOREIGN]
    given = as_options(rows, {"quiet": True, "text": None if text is None else several(text)} | options)
    stop = Stop()
    with ExitStack() as held:
        if "out" not in given:
            if given.get("resume"):
                raise OptionError(f'{flag("resume")} needs the folder of a run; name it: out="DIR"')
            given["out"] = str(Path(held.enter_context(TemporaryDirectory(prefix="minrnn-"))) / "run")
        watchers = [Reports(on_progress, stop)] if on_progress else []
        trainer, finished = begin(given, held, watchers=watchers, interrupt=stop)
        if not finished:
            trainer.train()
        return load(best_weights(trainer.folder))


def several(text: str | PathLike | Iterable[str | PathLike]) -> list:
    """One text or several as a list."""
    return [text] if isinstance(text, str | PathLike) else list(text)


class Reports(Watcher):
    """Tells `on_progress` what is measured, and stops the run if it says so."""

    def __init__(self, on_progress: Callable[[dict], object], stop: Stop) -> None:
        self.on_progress, self.stop = on_progress, stop

    def step(self, run: Run, row: dict | None, over: bool) -> None:
        if row and self.on_progress(row) is True:
            self.stop.signal = True
