"""What watches a run: it is told of every step, and changes nothing. The log and the progress bar are such."""

from .run import Run


class Watcher:
    """Does nothing; a kind of watcher overrides what it needs."""

    def begin(self, run: Run) -> None:
        """The run begins, goes on after a stop, or went back: from here on, forget what you know of later steps."""

    def step(self, run: Run, row: dict | None, over: bool) -> None:
        """After every update; `over` if it was the last one. `row` is what was measured for the log, if anything."""

    def end(self, run: Run) -> None:
        """The run is over or was stopped, maybe by an error, maybe before it began."""
