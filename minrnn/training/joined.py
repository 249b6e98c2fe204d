"""The processes that mpiexec has started, as a team."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from ..system.errors import OptionError
from ..system.mpi import rank, ranks
from .team import Team


def joined() -> Team | None:
    """The team of all ranks. If there can be none, raises OptionError on rank 0, and gives None to the others."""
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
    return team


def told_once(message: str) -> None:
    """Raises OptionError on rank 0; one line is enough."""
    if rank() == 0:
        raise OptionError(message)


def unlink_shared_memory() -> None:
    """Takes away the name of the memory that MPICH shares on this machine: a killed job would leave it for ever.

    All ranks have it open by now. It is gone when the last one ends.
    """
    with suppress(OSError):
        for line in Path("/proc/self/maps").read_text().splitlines():
            path = line.partition("/dev/shm/mpich_shm_")
            if path[1] and not line.endswith("(deleted)"):
                os.unlink("".join(path[1:]))
