"""What mpiexec tells a process, in its environment: MPICH and Intel MPI, or Open MPI."""

import os

ALL = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE")
OWN = ("PMI_RANK", "OMPI_COMM_WORLD_RANK")
HERE = ("MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE")


def launched() -> bool:
    """Whether mpiexec has started this process."""
    return first_of(ALL) > 0


def launcher() -> str:
    """How a command begins that starts as many processes as there are now: "mpiexec -n 4 ", or nothing for one."""
    return f"mpiexec -n {ranks()} " if ranks() > 1 else ""


def ranks() -> int:
    """How many processes mpiexec has started; 1 without it."""
    return max(1, first_of(ALL))


def rank() -> int:
    """The number of this process among them, from 0 on."""
    return first_of(OWN)


def ranks_here() -> int:
    """How many of them share this machine."""
    return max(1, first_of(HERE))


def first_of(names: tuple[str, ...]) -> int:
    found = [os.environ[name] for name in names if os.environ.get(name, "").isdigit()]
    return int(found[0]) if found else 0
