"""What the ranks of mpiexec do: rank 0 trains, and the others serve it."""

import signal
from collections.abc import Callable
from functools import partial

from ..parallel.pools import one_blas_thread
from ..system.compiling import compiling_until
from ..system.errors import OptionError
from ..system.signals import NOT_OURS, SIGNALS
from .joined import joined
from .ranks import RankedRun
from .rehearsal import rehearse
from .team import BEGIN, COMMON, END, RankError, Team


def on_ranks(train: Callable[..., int]) -> int:
    """Has rank 0 call `train` with a maker of runs, and the others serve it; returns the exit status."""
    team = joined()
    if not team:
        return OptionError.exit_status
    try:
        if team.comm.rank:
            return serve(team)
        status = train(make_run=partial(RankedRun, team))
    except BaseException as error:
        if team.comm.rank or team.doing:
            team.abort(error)
        team.comm.bcast((END, ()))
        if team.folder and isinstance(error, OSError) and error.filename:
            raise RankError(team.failed(error)) from None
        raise
    team.comm.bcast((END, ()))
    return status


def serve(team: Team) -> int:
    """What the other ranks do: they wait for a run, and for what to do in it, until there is nothing more."""
    for number in SIGNALS:
        if signal.getsignal(number) not in NOT_OURS:
            signal.signal(number, team.hear)
    run = None
    with one_blas_thread:
        while True:
            method, arguments = team.next()
            if method == END:
                return 0
            try:
                if method == BEGIN:
                    run = RankedRun(team, *arguments)
                    rehearse_early(run)
                elif method in ("state", "predictions"):
                    # Rank 0 saves and shows the average of the weights, if the run keeps one.
                    with run.averaged():
                        getattr(run, method)(*arguments)
                else:
                    getattr(run, method)(*arguments)
            except COMMON:
                pass  # On rank 0, too, which decides what follows.


def rehearse_early(run: RankedRun) -> None:
    """Loads the kernels while rank 0 does so, too. If some have to be compiled, one rank of a machine does it for all.

    The others then try again when rank 0 has finished: see `RankedRun.ready`.
    """
    try:
        with compiling_until(lambda: not run.team.leads):
            rehearse(run, [])
        run.rehearsed = True
    except KeyboardInterrupt:
        pass
