"""The training loop: steps, and between them the log, validations, samples, checkpoints and the plot."""

import time
from contextlib import ExitStack

import numpy as np

from .. import checkpoint
from ..rundir.folder import BEST, LAST, LOG, PLOT, forget_later, kept
from ..rundir.log import Log
from ..rundir.plot import draw_loss
from ..rundir.tensorboard import Board
from ..system.signals import Interrupt
from ..system.wording import loss_in_words, plural
from .previews import STYLES
from .progress import Progress
from .run import DivergedError

SECONDS_BETWEEN_SAVES = 30
# How often a run goes back to its last good checkpoint before it gives up.
ROLLBACKS = 5


class Trainer:
    """Trains a run to its end, leaving log.csv, last.pkl, best.pkl, loss.png and what else was asked for."""

    def __init__(self, run, folder):
        self.run, self.options, self.folder = run, run.options, folder
        self.board = None
        self.log = Log(folder / LOG)

    def train(self):
        """Returns None when the run is over, or the number of the signal that stopped it early."""
        with ExitStack() as stack:
            interrupt, self.progress = stack.enter_context(Interrupt()), stack.enter_context(Progress(self.run))
            stack.callback(self.close)
            self.begin()
            # A run of no time at all has one step, too: there is no end without a validation.
            over = bool(self.run.step) and self.run.over
            while True:
                try:
                    if over and self.unvalidated:
                        self.validate()
                    if over or interrupt.signal:
                        self.save()
                        break
                    over = self.advance()
                except DivergedError as error:
                    over = self.diverged(error)
        draw_loss(self.log.rows, self.folder / PLOT, title=self.folder.name)
        return None if over else interrupt.signal

    def begin(self):
        """Makes the files agree with where the run stands: what they have of later steps is forgotten.

        The checkpoint is the first of them: whatever else is there then, the run can be resumed.
        """
        run = self.run
        self.save()
        lost = self.log.resume(run.step)
        forget_later(self.folder, run.step)
        self.log.start()
        if lost:
            lines = plural(lost, "line")
            self.progress.warn(f"{self.log.path}: {lines} could not be read; the file is kept as {self.log.old}")
        if self.options["tensorboard"]:
            self.board = Board(self.folder, run.symbols, run.rollbacks)

    @property
    def unvalidated(self):
        """Whether text is held out that the model, as it now is, was not measured on."""
        measured = any(row["step"] == self.run.step and row.get("val_loss") is not None for row in self.log.rows)
        return len(self.run.corpus.held_out) and not measured

    def finished(self):
        """Whether a run that was taken up again has nothing left to do, not even its picture."""
        self.log.resume(self.run.step)
        return self.run.over and not self.unvalidated and newer(self.folder / PLOT, self.folder / LOG)

    def close(self):
        if self.board:
            self.board.close()

    def advance(self):
        """One update and what is due after it; returns whether the run is over."""
        run, best = self.run, self.run.best
        run.train_step()
        self.progress.update(np.mean(run.recent))
        over = self.after_step()
        # With the best weights, so that the last checkpoint is never older than the best.
        if run.best < best or time.perf_counter() - self.saved_at > SECONDS_BETWEEN_SAVES:
            self.save()
        return over

    def diverged(self, error):
        """Goes back to the last good checkpoint with half the learning rate, if asked to, and not too often.

        Returns that the run is not over. Raises the error, with the checkpoint in it, where that is the end.
        """
        last = self.folder / LAST
        if self.options["on_nan"] == "stop":
            raise DivergedError(f"{error}; {last} is the last good checkpoint") from None
        if self.run.rollbacks == ROLLBACKS:
            raise DivergedError(
                f"{error}; gave up after going back {ROLLBACKS} times; {last} is the last good checkpoint"
            ) from None
        self.close()
        self.run.go_back(checkpoint.load(last))
        self.begin()
        self.progress.warn(
            f"{error}; went back to step {self.run.step} of {last}, with half the learning rate: "
            f"{self.options['lr']:g} ({self.run.rollbacks} of {ROLLBACKS} times)"
        )
        return False

    def after_step(self):
        """Does what is due after this step, at the end of the run all of it; returns whether the run is over."""
        run, o = self.run, self.options
        # Asked once: a clock that runs out in between would end the run without its last validation.
        over = run.over
        if due(run.streams.steps_per_epoch, run.step) and run.streams.steps_per_epoch >= o["log_every"]:
            self.report_epoch()
        if over or due(o["eval_every"], run.step):
            self.validate()
            over = over or run.out_of_patience
        elif due(o["log_every"], run.step):
            self.record()
        if due(o["eval_every"], run.step) and o["keep"]:
            keep(run, self.folder, o["keep"])
        if not o["quiet"] and (over or due(o["sample_every"], run.step)):
            self.sample()
        return over

    def validate(self):
        """Measures the loss on the held-out text, where there is one; keeps the weights if it is the lowest yet."""
        run = self.run
        if not len(run.corpus.held_out):
            self.record()
            return
        loss, accuracy, best = run.validate()
        self.record(val_loss=loss, val_accuracy=accuracy)
        if best:
            self.log.sync()
            run.save(self.folder / BEST)
        self.progress.say(
            f"step {run.step}, epoch {run.epoch:.2f}: validation {loss_in_words(loss, run.corpus.width)}, "
            f"accuracy {accuracy:.1%}{', the best yet' if best else ''}"
        )

    def record(self, **measured):
        """A row of the log, with the mean training loss since the row before."""
        run = self.run
        steps, *sums = run.row_totals
        loss, accuracy, norm = (total / steps for total in sums) if steps else (None, None, None)
        if steps:
            measured |= {"train_loss": loss, "grad_norm": norm}
        measured |= {"symbols": run.symbols, "lr": run.optimizer.lr}
        self.log.add(step=run.step, epoch=run.epoch, seconds=run.seconds, **measured)
        if self.board:
            self.board.add(width=run.corpus.width, train_accuracy=accuracy, **measured)
        run.row_totals = [0, 0.0, 0.0, 0.0]

    def sample(self):
        """Prints samples of what the model can do now, in each style that was asked for."""
        for style in self.options["sample_style"]:
            self.progress.say(f"--- step {self.run.step}, a sample ---\n{STYLES[style](self.run)}\n---")

    def report_epoch(self):
        """Prints the mean training loss and accuracy of the epoch that ends with this step."""
        run = self.run
        loss, accuracy = (total / run.streams.steps_per_epoch for total in run.epoch_totals)
        self.progress.say(
            f"epoch {round(run.epoch)}: training {loss_in_words(loss, run.corpus.width)}, accuracy {accuracy:.1%}, "
            f"{run.seconds:.1f} s"
        )

    def save(self):
        self.log.sync()
        self.run.save(self.folder / LAST)
        self.saved_at = time.perf_counter()


def newer(path, other):
    """Whether a file is there and was written after the other, if that is there."""
    return path.exists() and (not other.exists() or path.stat().st_mtime_ns >= other.stat().st_mtime_ns)


def due(every, step):
    """Whether something that happens every so many steps (0: never) happens after this one."""
    return every > 0 and step % every == 0


def keep(run, folder, K):
    """Saves the run as step-N.pkl beside best and last, and removes all of that name but the newest K."""
    run.save(folder / f"step-{run.step:08}.pkl")
    for path in list(kept(folder).values())[:-K]:
        path.unlink()
