"""What the ranks of mpiexec do: rank 0 trains, and the others serve it."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..parallel.pools import one_blas_thread
from ..system.compiling import compiling_until
from ..system.errors import OptionError
from ..system.mpi import rank, ranks
from ..system.signals import NOT_OURS, SIGNALS
from .ranks import RankedRun
from .rehearsal import rehearse
from .team import BEGIN, COMMON, END, RankError, Team


def on_ranks(train: Callable[..., int]) -> int:
    """Has rank 0 call `train` with a maker of runs, and the others serve it; returns the exit status."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError):
        return told_once("mpiexec needs mpi4py and an MPI library; install them by: pip install -e '.[mpi]'")
    if MPI.COMM_WORLD.size != ranks():
        return told_once(
            f"mpiexec has started {ranks()} processes, but the MPI library of mpi4py knows of {MPI.COMM_WORLD.size}: "
            f"it is another one; use its own mpiexec, which may be {Path(sys.executable).with_name('mpiexec')}"
        )
    team = Team(MPI.COMM_WORLD)
    if team.leads:
        unlink_shared_memory()
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


def told_once(message: str) -> int:
    """Raises OptionError on rank 0; on the others, returns their exit status: one line is enough."""
    if rank() == 0:
        raise OptionError(message)
    return OptionError.exit_status


def unlink_shared_memory() -> None:
    """Takes away the name of the memory that MPICH shares on this machine: a killed job would leave it for ever.

    All ranks have it open by now. It is gone when the last one ends.
    """
    with suppress(OSError):
        for line in Path("/proc/self/maps").read_text().splitlines():
            path = line.partition("/dev/shm/mpich_shm_")
            if path[1] and not line.endswith("(deleted)"):
                os.unlink("".join(path[1:]))


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
