"""What a run does before its clock starts: a twin of it does everything once, so that every kernel is compiled.

Numba compiles a kernel, or reads it from disk, when it is first called with arguments of some types. A twin has the
text of its run, but its own weights and parts: what it does changes no byte of the run.
"""

from collections import deque
from contextlib import suppress
from functools import partial

from ..parallel.shards import Shards
from .previews import STYLES
from .run import DivergedError, Run


def rehearse(run: Run, styles: list[str]) -> None:
    """Compiles all that the run needs to validate, to show samples in these styles, and to take steps."""
    twin = twin_of(run)
    with suppress(DivergedError):  # The run itself will meet it, and say so.
        if run.held_out.total:
            for n in {run.held_out.part, run.held_out.total}:
                # The last window may be shorter than the others.
                windows = run.held_out.windows(n)
                twin.shards.evaluate([next(windows), *deque(windows, maxlen=1)])
        for style in styles:
            STYLES[style](twin)
        for _ in range(2):  # An average of the weights begins to move in the second step.
            twin.train_step()


def twin_of(run: Run) -> Run:
    """A new run with the weights of this one, on one thread, that takes cheap steps and makes short samples.

    Where several processes share a run, it computes what is computed in this one, and needs no other.
    """
    twin = Run.__new__(Run)
    vars(twin).update(vars(run), engine=partial(Shards, own=run.shards.own))
    s = run.streams
    # Short sequences, of two steps: those of one step have arrays of another layout. And a run that is over at once,
    # as a --tail-average begins late.
    cheap = dict(batch_size=s.N, seq_len=min(s.T, 2), sample_length=2, threads=1)
    twin.options = run.options | cheap | dict(steps=1, epochs=None, minutes=None)
    twin.model = type(run.model)(**run.model.config, dtype=run.model.dtype, params=run.model.params.copy())
    twin.build()
    return twin
