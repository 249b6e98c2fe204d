"""What a person sees of a run: a bar on stderr, and on stdout a line for every validation and every epoch."""

import sys

import numpy as np
from tqdm import tqdm

from ..system.console import say
from ..system.wording import in_short, loss_in_words
from .run import Run
from .watcher import Watcher, due


class Progress(Watcher):
    """The bar shows symbols seen, symbols a second, the recent training loss (or perplexity) and the time left."""

    bar = None

    def begin(self, run: Run) -> None:
        if self.bar is None:
            # A terminal shows that the run is alive; a file gets a line every now and then.
            often = 0.2 if sys.stderr.isatty() else 15
            self.bar = tqdm(
                initial=run.symbols, total=expected(run), file=sys.stderr, unit=" symbols", unit_scale=True,
                mininterval=often, maxinterval=often, dynamic_ncols=True,
            )  # fmt: skip

    def step(self, run: Run, row: dict | None, over: bool) -> None:
        self.bar.total = expected(run)
        units, steps = (run.corpus.width, run.corpus.vocabulary.headline), run.streams.steps_per_epoch
        self.bar.set_postfix_str(in_short(np.mean(run.recent), units[1]), refresh=False)
        self.bar.update(run.symbols - self.bar.n)
        if due(steps, run.step) and steps >= run.options["log_every"]:
            loss, accuracy = (total / steps for total in run.epoch_totals)
            training = f"training {loss_in_words(loss, *units)}, accuracy {accuracy:.1%}"
            say(f"epoch {round(run.epoch)}: {training}, {run.seconds:.1f} s")
        if row and "val_loss" in row:
            validation = f"validation {loss_in_words(row['val_loss'], *units)}, accuracy {row['val_accuracy']:.1%}"
            say(f"step {run.step}, epoch {run.epoch:.2f}: {validation}{', the best yet' if run.waited == 0 else ''}")

    def end(self, run: Run) -> None:
        if self.bar is not None:
            self.bar.close()


def expected(run: Run) -> float | None:
    """How many symbols the whole run will take, judged by the share of it that is done; None before the first step."""
    share = run.share
    return run.symbols / share if share else None
