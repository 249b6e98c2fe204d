"""What a person sees of a run: a bar on stderr, and on stdout a line for every validation and every epoch."""

import sys
from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from ..system.compiling import announce_compiling, ignore
from ..system.console import note, say
from ..system.wording import in_short, loss_in_words, plural
from .guessing import worse_than_guessing
from .run import Run
from .standing import due
from .watcher import Watcher


class Progress(Watcher):
    """The bar shows symbols seen, symbols a second, the recent training loss (or perplexity) and the time left."""

    bar = None

    def begin(self, run: Run) -> None:
        if self.bar is None:
            self.bar = new_bar(initial=run.symbols, total=expected(run))
            self.told = {""}  # Which losses were said to be worse than guessing.
            self.listener = announce_compiling(self.compiling)

    def compiling(self, line: str) -> None:
        """Says that the run waits for its kernels."""
        note(line)
        self.bar.set_description_str("compiling kernels")

    def step(self, run: Run, row: dict | None, over: bool) -> None:
        self.bar.total = expected(run)
        units, steps = (run.corpus.width, run.corpus.vocabulary.headline), run.streams.steps_per_epoch
        if self.bar.desc:
            self.bar.set_description_str("", refresh=False)
            self.bar.unpause()
        # A run that goes on with a validation has no losses yet.
        if run.recent:
            self.bar.set_postfix_str(in_short(np.mean(run.recent), units[1]), refresh=False)
        self.bar.update(run.symbols - self.bar.n)
        if due(steps, run.step) and steps >= run.options["log_every"]:
            loss, accuracy = (total / steps for total in run.epoch_totals)
            training = f"training {loss_in_words(loss, *units)}, accuracy {accuracy:.1%}"
            say(f"epoch {round(run.epoch)}: {training}, {run.seconds:.1f} s")
        if row and "val_loss" in row:
            n = row["val_symbols"]
            of_all = "of all " if n == run.held_out.total else "of "
            of = f"{of_all}{plural(n, 'held-out symbol')}: " if n > run.held_out.part else ""
            validation = f"validation {of}{loss_in_words(row['val_loss'], *units)}, accuracy {row['val_accuracy']:.1%}"
            say(f"step {run.step}, epoch {run.epoch:.2f}: {validation}{', the best yet' if run.waited == 0 else ''}")

        which, line = worse_than_guessing(row or {}, len(run.corpus.vocabulary)) or ("", "")
        if which not in self.told:
            self.told.add(which)
            note(line)

    def end(self, run: Run) -> None:
        if self.bar is not None:
            self.bar.close()
            ignore("numba:compile", self.listener)


def new_bar(**settings) -> tqdm:
    """A bar of symbols on stderr. A terminal shows that the run is alive; a file gets a line every now and then."""
    often = 0.2 if sys.stderr.isatty() else 15
    return tqdm(
        file=sys.stderr, unit=" symbols", unit_scale=True, mininterval=often, maxinterval=often, dynamic_ncols=True,
        **settings,
    )  # fmt: skip


def shown(windows: Iterator, n: int) -> Iterator:
    """The windows of a validation of n symbols; a bar shows how many are read, if it takes more than a moment."""
    with new_bar(total=n, desc="validation", leave=False, delay=1 if sys.stderr.isatty() else 15) as bar:
        for x, y in windows:
            yield x, y
            bar.update(x.size)


def expected(run: Run) -> float | None:
    """How many symbols the whole run will take, judged by the share of it that is done; None before the first step."""
    share = run.share
    return run.symbols / share if share else None
