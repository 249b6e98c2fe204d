"""The training loop: steps, and between them the log, validations, samples, checkpoints and the plot."""

import time
from itertools import islice

import numpy as np

from .folder import BEST, LAST, LOG, PLOT
from .generate import generate
from .interrupt import Interrupt
from .log import Log
from .plot import draw_loss
from .progress import Progress
from .report import describe
from .run import DivergedError

SAMPLE_LENGTH, TEMPERATURE = 400, 0.8
SECONDS_BETWEEN_SAVES = 30


class Trainer:
    """Trains a run to its end, leaving log.csv, last.pkl, best.pkl and loss.png in a folder."""

    def __init__(self, run, folder):
        self.run, self.options, self.folder = run, run.options, folder
        self.log = Log(folder / LOG)

    def train(self):
        """Returns None when the run is over, or the number of the signal that stopped it early."""
        run, o = self.run, self.options
        if run.step:
            self.log.resume(run.step)
        self.log.start()
        with Interrupt() as interrupt, Progress(run) as self.progress:
            self.save()
            done = run.share >= 1
            while not done and not interrupt.signal:
                self.step()
                done = run.share >= 1
                self.progress.update(np.mean(run.losses[-50:]))
                if done or due(o["eval_every"], run.step):
                    self.validate()
                elif due(o["log_every"], run.step):
                    self.record()
                if done or due(o["sample_every"], run.step):
                    self.sample()
                if time.perf_counter() - self.saved_at > SECONDS_BETWEEN_SAVES:
                    self.save()
            self.save()
        draw_loss(self.log.rows, self.folder / PLOT, title=self.folder.name)
        return None if done else interrupt.signal

    def step(self):
        """One update; if the run diverges, what is told names the checkpoint to go back to."""
        try:
            self.run.train_step()
        except DivergedError as error:
            raise DivergedError(f"{error}; {self.folder / LAST} is the last good checkpoint") from None

    def validate(self):
        """Measures the loss on the held-out text, where there is one; keeps the weights if it is the lowest yet."""
        run = self.run
        if not len(run.corpus.held_out):
            self.record()
            return
        loss, accuracy, best = run.validate()
        if best:
            run.save(self.folder / BEST)
        self.record(val_loss=loss, val_accuracy=accuracy)
        self.progress.say(
            f"step {run.step}, epoch {run.epoch:.2f}: validation {describe(loss, run.corpus.width)}, "
            f"accuracy {accuracy:.1%}{', the best yet' if best else ''}"
        )

    def record(self, **measured):
        """A row of the log, with the mean training loss since the row before."""
        run = self.run
        if run.losses:
            measured |= {"train_loss": np.mean(run.losses), "grad_norm": np.mean(run.norms)}
        self.log.add(
            step=run.step, epoch=run.epoch, symbols=run.symbols, seconds=run.seconds, lr=run.optimizer.lr, **measured
        )
        run.losses, run.norms = [], []

    def sample(self):
        """Prints how the model goes on with the held-out text now; the same seed and step give the same sample."""
        run = self.run
        rng = np.random.default_rng((self.options["seed"], run.step))
        symbols = islice(generate(run.model, run.corpus.prompt(), 1, rng, temperature=TEMPERATURE), SAMPLE_LENGTH)
        text = run.corpus.vocabulary.decode(np.concatenate(list(symbols)))
        self.progress.say(f"--- step {run.step}, a sample ---\n{text}\n---")

    def save(self):
        self.run.save(self.folder / LAST)
        self.saved_at = time.perf_counter()


def due(every, step):
    """Whether something that happens every so many steps (0: never) happens after this one."""
    return every > 0 and step % every == 0
