"""How many cores there are to compute on."""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

CPUS = Path("/sys/devices/system/cpu")
GROUPS, OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def physical_cores() -> int:
    """The number of cores this process may use: hyper-threads of a core count once, a container's quota is heeded."""
    if sys.platform == "darwin":
        return performance_cores()
    return max(1, int(min(len(cores()), quota())))


def cores() -> set:
    """Names of the cores this process may use; hyper-threads of a core have one name."""
    if not hasattr(os, "sched_getaffinity"):
        return set(range(os.cpu_count() or 1))
    return {core_of(cpu) for cpu in os.sched_getaffinity(0)}


def core_of(cpu: int) -> str | int:
    """A name for the core of a logical CPU: the list of CPUs that share it."""
    try:
        return (CPUS / f"cpu{cpu}/topology/thread_siblings_list").read_text()
    except OSError:
        return cpu


def quota() -> float:
    """How many CPUs the control groups of this process let it use at a time; infinity if they set no limit."""
    quotas = [math.inf]
    for folder, *names in own_groups():
        with suppress(OSError, ValueError):  # no such file, or "max" in it
            limit, period = " ".join((folder / name).read_text() for name in names).split()
            if int(limit) > 0:
                quotas.append(int(limit) / int(period))
    return min(quotas)


def own_groups() -> Iterator[tuple[Path, ...]]:
    """For each control group that may have a limit: its folder, and the names of the files there that tell it.

    Groups of version 2 and 1, and those around them. A container sees its own as the outermost.
    """
    try:
        lines = OWN_GROUPS.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        for path in (PurePosixPath(group), *PurePosixPath(group).parents):
            below = str(path).lstrip("/")
            if not controllers:
                yield GROUPS / below, "cpu.max"
            elif "cpu" in controllers.split(","):
                for root in {controllers, "cpu"}:  # The second one is usually a link to the first.
                    yield GROUPS / root / below, "cpu.cfs_quota_us", "cpu.cfs_period_us"


def performance_cores() -> int:
    """The fast cores of a Mac, or all of them if they are alike: the others would wait for a slow one."""
    # sysctl is in /usr/sbin, which the PATH of a service may lack.
    environment = os.environ | {"PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])}
    for name in ("hw.perflevel0.physicalcpu", "hw.physicalcpu"):
        with suppress(OSError):
            answer = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, env=environment).stdout
            if answer.strip().isdigit():
                return int(answer)
    return os.cpu_count() or 1
