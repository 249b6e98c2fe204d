"""How many cores there are to compute on."""

import math
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path, PurePosixPath

CPUS = Path("/sys/devices/system/cpu")
GROUPS, OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def physical_cores() -> int:
    """The number of cores this process may use: hyper-threads of a core count once, a container's quota is heeded."""
    if sys.platform == "darwin":
        return performance_cores()
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    cores = {core_of(cpu) for cpu in os.sched_getaffinity(0)}
    return max(1, int(min(len(cores), quota())))


def core_of(cpu: int) -> str | int:
    """A name for the core of a logical CPU: the list of CPUs that share it."""
    try:
        return (CPUS / f"cpu{cpu}/topology/thread_siblings_list").read_text()
    except OSError:
        return cpu


def quota() -> float:
    """How many CPUs the control groups of this process let it use at a time; infinity if they set no limit.

    Of version 2 or 1, and those around them. A container sees its own as the outermost.
    """
    quotas = [math.inf]
    for line in OWN_GROUPS.read_text().splitlines() if OWN_GROUPS.exists() else ():
        _, controllers, group = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        root = GROUPS / "cpu" if controllers else GROUPS
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us") if controllers else ("cpu.max",)
        for folder in (PurePosixPath(group), *PurePosixPath(group).parents):
            with suppress(OSError, ValueError):  # no such file, or "max" in it
                limit, period = " ".join((root / str(folder)[1:] / name).read_text() for name in names).split()
                if int(limit) > 0:
                    quotas.append(int(limit) / int(period))
    return min(quotas)


def performance_cores() -> int:
    """The fast cores of a Mac, or all of them if they are alike: the others would wait for a slow one."""
    for name in ("hw.perflevel0.physicalcpu", "hw.physicalcpu"):
        answer = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True).stdout.strip()
        if answer.isdigit():
            return int(answer)
    return os.cpu_count() or 1
