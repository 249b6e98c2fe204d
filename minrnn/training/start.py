"""How a run begins, new or resumed: its folder, its options, and the checkpoint that it goes on from."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from data import MissingText, announced

from .. import checkpoint
from ..options.presets import about, load, where
from ..options.resolve import resolve
from ..options.table import cell_options
from ..own_cell.fit import refuse_unfit
from ..own_cell.names import is_own, option_for
from ..rundir.folder import LAST, best_weights, checkpoint_in, lock, make, make_unused, refuse_odd_files, refuse_used
from ..rundir.tensorboard import event_writer
from ..system.console import note
from ..system.mpi import launcher
from ..system.wording import quoted
from .introduction import introduction
from .resuming import load_or_advise, to_resume
from .run import Run
from .trainer import Trainer


def train(given: dict, held: ExitStack, make_run: Callable = Run) -> int:
    """Trains what was `given` on the command line, with the run that `make_run` makes; returns the exit status.

    The folder stays locked until `held` is closed. Raises errors with an `exit_status` for everything
    that a user can cause.
    """
    trainer, finished = begin(given, held, make_run)
    run, folder = trainer.run, trainer.folder
    if finished:
        more = "a longer --steps, --epochs or --minutes" if run.share >= 1 else "more --patience"
        note(f"{folder} is over at step {run.step}; to go on, give {more}")
        return 0
    stopped = trainer.train()
    if stopped:
        again = f"{launcher()}python train.py --resume --out {quoted(folder)}{option_for(run.options['cell'])}"
        note(f"stopped after step {run.step}; to go on: {again}")
        return 128 + stopped
    if not run.options["quiet"]:
        if run.share < 1:
            note(f"stopped after step {run.step}: {run.options['patience']} validations without a better one")
        note(f"done; to let it write: python sample.py {quoted(best_weights(folder))}{option_for(run.options['cell'])}")
    return 0


def begin(given: dict, held: ExitStack, make_run: Callable = Run, **more) -> tuple[Trainer, bool]:
    """(a trainer for what was `given`, whether nothing is left for it to do); `more` goes to the Trainer."""
    folder, options, saved, start = open_folder(given, held)
    if is_own(options["cell"]):
        refuse_unfit(options["cell"], cell_options(options), symbols=not options["embed"])
    if not options["quiet"] and sys.stderr.isatty():
        for line in announced(options["text"]):
            note(line)
    try:
        run = make_run(options, saved, start=start)
    except MissingText as error:
        source = where(load(options["preset"])) if options["preset"] else ""
        raise MissingText(f"{error}{source and f'; the text of the preset: {source}'}") from None
    trainer = Trainer(run, folder if saved else claim(folder, options, held), **more)
    if saved and trainer.finished():
        return trainer, True
    if options["quiet"]:
        for line in run.corpus.warnings:
            note(f"warning: {line}")
    else:
        note("\n".join([*([] if saved else about(options)), introduction(run)]))
    return trainer, False


def open_folder(given: dict, held: ExitStack) -> tuple[Path | None, dict, dict | None, dict | None]:
    """(folder, options, saved, start): with --resume those of a run that exists, and otherwise those of a new one.

    `saved` is the checkpoint to go on from, or None; `start` the one that a new run begins with, or None. The folder of
    a resumed run is locked until `held` is closed. For a new run, nothing is written before `claim`; its folder is None
    if none was named.
    """
    if not given.get("resume"):
        folder = Path(given["out"]) if "out" in given else None
        if folder:
            refuse_used(folder)
        start = None
        if given.get("init_from"):
            start = checkpoint.load(checkpoint_in(given["init_from"]), need_run=False)
        return folder, resolved(given, start=start), None, start
    given, path = to_resume(given)
    folder = path.parent
    lock(folder, held)
    refuse_odd_files(folder)
    saved = load_or_advise(path)
    if path.name != LAST and not given.get("quiet"):
        note(f"goes back to step {saved['progress']['step']} of {path}")
    return folder, resolved(given, saved), saved, None


def resolved(given: dict, saved: dict | None = None, start: dict | None = None) -> dict:
    """All options of the run. Raises OptionError early if options contradict each other or lack a package."""
    options = resolve(given, *(file and file["config"]["options"] for file in (saved, start)))
    if options["tensorboard"]:
        event_writer()
    return options


def claim(folder: Path | None, options: dict, held: ExitStack) -> Path:
    """Makes the folder of a new run and locks it until `held` is closed; returns it."""
    if folder is None:
        folder = make_unused(options)
    else:
        make(folder)
    lock(folder, held)
    refuse_used(folder)  # Another run may have come and gone since we looked first.
    return folder
