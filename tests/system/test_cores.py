"""The cores to compute on: those that this process may use, and no more."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from minrnn.system import cores


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """machine({path: content}): a Linux machine of eight hyper-threads on four cores, with these control groups."""

    def make(own_groups, files):
        for cpu in range(8):
            path = tmp_path / f"cpus/cpu{cpu}/topology/thread_siblings_list"
            path.parent.mkdir(parents=True)
            path.write_text(f"{cpu % 4},{cpu % 4 + 4}\n")
        for name, content in files.items():
            path = tmp_path / "groups" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        (tmp_path / "own").write_text(own_groups)
        monkeypatch.setattr(cores, "CPUS", tmp_path / "cpus")
        monkeypatch.setattr(cores, "GROUPS", tmp_path / "groups")
        monkeypatch.setattr(cores, "OWN_GROUPS", tmp_path / "own")
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
        monkeypatch.setattr(sys, "platform", "linux")

    return make


V1 = "4:memory:/docker/a1\n1:cpu,cpuacct:/docker/a1\n"
CASES = {
    "no groups": ("", {}, 4),
    "version 2 without a limit": ("0::/\n", {"cpu.max": "max 100000\n"}, 4),
    "version 2, two CPUs and a half": ("0::/\n", {"cpu.max": "250000 100000\n"}, 2),
    "version 2, half a CPU": ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
    "version 2, more than there are": ("0::/\n", {"cpu.max": "6400000 100000\n"}, 4),
    "version 2, a service in a slice": ("0::/a.slice/b\n", {"a.slice/b/cpu.max": "300000 100000\n"}, 3),
    "version 2, the slice around it": (
        "0::/a.slice/b\n", {"a.slice/b/cpu.max": "300000 100000\n", "a.slice/cpu.max": "200000 100000\n"}, 2
    ),
    "version 1": (V1, {"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
    "version 1 without a limit": (V1, {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
    "version 1, another group's limit": (
        V1, {"cpu/docker/b2/cpu.cfs_quota_us": "100000\n", "cpu/docker/b2/cpu.cfs_period_us": "100000\n"}, 4
    ),
    "version 1 seen from outside": (
        V1, {"cpu/docker/a1/cpu.cfs_quota_us": "100000\n", "cpu/docker/a1/cpu.cfs_period_us": "50000\n"}, 2
    ),
}  # fmt: skip


@pytest.mark.parametrize("own_groups, files, expected", CASES.values(), ids=CASES)
def test_hyper_threads_count_once_and_the_quota_of_a_container_counts(own_groups, files, expected, machine):
    machine(own_groups, files)
    assert cores.physical_cores() == expected


@pytest.mark.parametrize("answers, expected", [({"hw.perflevel0.physicalcpu": "4\n"}, 4), ({}, 8)])
def test_on_a_mac_the_fast_cores_count(answers, expected, monkeypatch):
    def sysctl(command, **settings):
        assert command[:2] == ["sysctl", "-n"]
        return SimpleNamespace(stdout={"hw.physicalcpu": "8\n", **answers}.get(command[2], ""))

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(subprocess, "run", sysctl)
    assert cores.physical_cores() == expected


def test_this_machine_has_a_core():
    assert 1 <= cores.physical_cores() <= os.cpu_count()
