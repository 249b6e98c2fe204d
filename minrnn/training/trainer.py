"""The training loop: steps, and after each of them what is due: a row for the log, a validation, checkpoints."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from .. import checkpoint
from ..options.table import lasting
from ..parallel.pools import one_blas_thread
from ..rundir.folder import BEST, LAST, LOG, PLOT, RESULT, forget, name_of
from ..rundir.log import Log
from ..rundir.result import write_result
from ..rundir.tensorboard import Board
from ..system.compiling import compiling_until
from ..system.console import note
from ..system.files import newer, write_atomic
from ..system.signals import Interrupt
from .picture import draw
from .previews import Previews, tell
from .progress import Progress, shown
from .rehearsal import rehearse
from .run import DivergedError, Run
from .standing import due
from .watcher import Watcher

SECONDS_BETWEEN_SAVES = 30
# How often a run goes back to its last good checkpoint before it gives up.
ROLLBACKS = 5


class Stopped(Exception):
    """A signal asked to stop while a validation was read."""


class Trainer:
    """Trains a run to its end. Leaves the files of `rundir.folder.FILES`, and what else was asked for.

    `watchers` are told of each step after those that the options ask for. `interrupt` can be entered, and stops
    the run once its `signal` is something; by default, it is what the user does with Ctrl-C and the like.
    """

    def __init__(self, run: Run, folder: Path, watchers: Iterable[Watcher] = (), interrupt: object = None) -> None:
        self.run, self.options, self.folder = run, run.options, folder
        self.log, self.interrupt = Log(folder / LOG), interrupt or Interrupt()
        boards = [Board(folder, lasting(run.options))] if run.options["tensorboard"] else []
        talk, tells = ([], []) if run.options["quiet"] else ([Progress()], [tell])
        shows = [board.sample for board in boards] + tells
        self.previews = [Previews(shows)] if shows else []
        # What watches the run, in the order in which it is told of each step.
        self.watchers = [self.log, *boards, *talk, *self.previews, *watchers]

    def train(self) -> int | None:
        """Returns None when the run is over, or the number of the signal that stopped it early.

        Raises DivergedError if the loss or the weights are not finite, and OSError if a file cannot be written.
        """
        run = self.run
        with ExitStack() as stack:
            stack.enter_context(one_blas_thread)
            interrupt = stack.enter_context(self.interrupt)
            for watcher in self.watchers:
                stack.callback(watcher.end, run)
            stack.callback(setattr, run, "reading", run.reading)
            run.reading = self.reading
            self.begin()
            # Even a run of length 0 makes one step: without a step there is nothing to validate.
            over = run.step > 0 and run.over
            if not over:
                self.rehearse()
            while True:
                try:
                    if self.interrupted(over):
                        over = self.after_step(over)
                    if over or interrupt.signal:
                        break
                    over = self.advance()
                except DivergedError as error:
                    over = self.diverged(error)
                except Stopped:
                    over = False
                    break
            if self.saved_step != run.step:
                self.save(LAST)
        write_result(self.folder / RESULT, run, lasting(self.options), self.log.rows, finished=over)
        draw(run, self.log.rows, self.folder / PLOT)
        return None if over else interrupt.signal

    def rehearse(self) -> None:
        """Compiles what the run will need, and starts its clock. The first signal stops it."""
        styles = self.options["sample_style"] if self.previews else []
        try:
            with compiling_until(lambda: self.interrupt.signal):
                rehearse(self.run, styles)
                self.run.ready()
        except KeyboardInterrupt:
            if not self.interrupt.signal:
                raise  # It is not ours: a program around us has handlers of its own.
        self.run.start_clock()

    def reading(self, windows: Iterator, n: int) -> Iterator:
        """The windows of a validation of n symbols, with a bar of its own. Raises Stopped after a signal."""
        for window in windows if self.options["quiet"] else shown(windows, n):
            if self.interrupt.signal:
                raise Stopped
            yield window

    def begin(self) -> None:
        """Makes the files agree with where the run stands: what they have of later steps is forgotten.

        The checkpoint comes first: whatever else is in the folder, the run can be resumed from then on.
        """
        self.save(LAST)
        forget(self.folder, self.run.step, self.options["keep"])
        for watcher in self.watchers:
            watcher.begin(self.run)
        # Already now: a run that goes on, or was killed, has its options in it.
        write_result(self.folder / RESULT, self.run, lasting(self.options), self.log.rows, finished=False)

    @property
    def unvalidated(self) -> bool:
        """Whether there is a held-out text, and the model as it is now was not measured on it."""
        measured = any(row["step"] == self.run.step and row.get("val_loss") is not None for row in self.log.rows)
        return len(self.run.corpus.held_out) > 0 and not measured

    def interrupted(self, over: bool) -> bool:
        """Whether the last step still waits for its validation, as a run does that was stopped while it was read."""
        # Every row of the log begins the totals anew: where there is a validation, they are 0.
        waits = self.unvalidated if over else self.run.row_totals[0] > 0
        return waits and self.run.validation_due(over)

    def finished(self) -> bool:
        """Whether nothing is left to do for a resumed run, not even its plot."""
        self.log.resume(self.run.step)
        return self.run.over and not self.unvalidated and newer(self.folder / PLOT, self.folder / LOG)

    def advance(self) -> bool:
        """One update and what is due after it; returns whether the run is over."""
        self.run.train_step()
        return self.after_step(self.run.over)

    def after_step(self, over: bool) -> bool:
        """Measures, tells the watchers, and saves, as far as it is due; returns whether the run is over."""
        run, o = self.run, self.options
        row, best = None, False
        validation_due = run.validation_due(over)
        if validation_due and run.held_out.total:
            loss, accuracy, best = run.validate()
            # If patience or the clock ran out by now, this validation was the last one: no other step needs one.
            over = over or run.over
            n = run.held_out.at_the_end(run.symbols) if over else run.held_out.part
            if n > run.held_out.part:
                with suppress(Stopped):  # Then the part must do.
                    loss, accuracy = run.measure(n)
            row = run.new_row() | {"val_loss": loss, "val_accuracy": accuracy, "val_symbols": n}
        elif validation_due or due(o["log_every"], run.step):
            row = run.new_row()
        for watcher in self.watchers:
            watcher.step(run, row, over)
        names = [BEST] if best else []
        if keep := o["keep"] and due(o["eval_every"], run.step):
            names.append(name_of(run.step))
        # With the best weights, so that the last checkpoint is never older than the best.
        if best or over or time.perf_counter() - self.saved_at > SECONDS_BETWEEN_SAVES:
            names.append(LAST)
        self.save(*names)
        if keep:
            forget(self.folder, run.step, o["keep"])
        return over

    def save(self, *names: str) -> None:
        """Writes the run as it is now to these files; the log first: no checkpoint may survive without its rows."""
        if not names:
            return
        self.log.sync()
        first, *others = (self.folder / name for name in names)
        self.run.save(first)
        for path in others:
            write_atomic(path, first.read_bytes())
        if LAST in names:
            self.saved_step, self.saved_at = self.run.step, time.perf_counter()

    def diverged(self, error: DivergedError) -> bool:
        """Goes back to the last checkpoint with half the learning rate, if that was asked for and may still help.

        Returns that the run is not over. Otherwise raises the error, with the name of the checkpoint.
        """
        last = self.folder / LAST
        good = f"{last} is the last good checkpoint"
        if self.options["on_nan"] == "stop":
            raise DivergedError(f"{error}; {good}") from None
        if self.run.rollbacks == ROLLBACKS:
            raise DivergedError(f"{error}; gave up after going back {ROLLBACKS} times; {good}") from None
        self.run.go_back(checkpoint.load(last))
        self.begin()
        note(
            f"{error}; went back to step {self.run.step} of {last}, with half the learning rate: "
            f"{self.options['lr']:g} ({self.run.rollbacks} of {ROLLBACKS} times)"
        )
        return False
