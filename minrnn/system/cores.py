"""How many cores there are to compute on."""

import os
from pathlib import Path


def physical_cores():
    """The number of cores this process may use, hyper-threads of one core counted once."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    allowed = os.sched_getaffinity(0)
    cores = {core_of(k) for k in allowed}
    return len(cores)


def core_of(cpu):
    """A name for the core of a logical CPU: the list of CPUs that share it."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text()
    except OSError:
        return cpu
