"""What a person sees of a run: a bar on stderr, and reports on stdout that do not tear it."""

import sys

from tqdm import tqdm


class Progress:
    """A bar with symbols seen, symbols a second, loss and time left. `quiet` shows nothing at all."""

    def __init__(self, run):
        self.run = run
        self.quiet = run.options["quiet"]

    def __enter__(self):
        # A terminal is kept alive; a log file gets a line every now and then.
        often = 0.2 if sys.stderr.isatty() else 15
        self.bar = tqdm(
            initial=self.run.symbols, total=self.expected(), disable=self.quiet, file=sys.stderr,
            unit=" symbols", unit_scale=True, mininterval=often, maxinterval=often, dynamic_ncols=True,
        )  # fmt: skip
        return self

    def expected(self):
        """The symbols that the whole run will take, from the share of it that is over; None at first."""
        share = self.run.share
        return self.run.symbols / share if share else None

    def update(self, loss):
        """After a step; `loss` is the recent training loss."""
        if not self.bar.disable:
            self.bar.total = self.expected()
            self.bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)
            self.bar.update(self.run.symbols - self.bar.n)

    def say(self, text):
        """Prints a report on stdout. Where it cannot be written (| head, a full disk), the run goes on."""
        if not self.quiet:
            try:
                self.bar.write(text, file=sys.stdout)
                sys.stdout.flush()
            except OSError:
                self.quiet = True

    def warn(self, text):
        """Prints a line on stderr, asked for quiet or not."""
        self.bar.write(text, file=sys.stderr)

    def __exit__(self, *error):
        self.bar.close()
