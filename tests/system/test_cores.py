"""The cores to compute on: those that this process may use, and no more."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT

from minrnn.system import cores
from minrnn.system.command import run_script


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
        (tmp_path / "own").write_text(own_groups, errors="surrogateescape")
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
    "version 1, its folder named after all its controllers": (
        V1, {"cpu,cpuacct/cpu.cfs_quota_us": "200000\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n"}, 2
    ),
    "version 1, no controller of the CPUs": (
        "4:cpuset,memory:/\n", {"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4
    ),
    "both versions, the limit in 1": (
        V1 + "0::/a\n", {"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1
    ),
    "a group outside of what the container sees": ("0::/../../b\n", {"cpu.max": "200000 100000\n"}, 2),
    "a name that is no text": ("0::/\udcff\n", {"cpu.max": "200000 100000\n"}, 2),
    "damaged": (V1 + "0::/\n", {"cpu.max": "\n", "cpu/cpu.cfs_quota_us": "x\n", "cpu/cpu.cfs_period_us": "\n"}, 4),
    "version 1 seen from outside": (
        V1, {"cpu/docker/a1/cpu.cfs_quota_us": "100000\n", "cpu/docker/a1/cpu.cfs_period_us": "50000\n"}, 2
    ),
}  # fmt: skip


@pytest.mark.parametrize("own_groups, files, expected", CASES.values(), ids=CASES)
def test_hyper_threads_count_once_and_the_quota_of_a_container_counts(own_groups, files, expected, machine):
    machine(own_groups, files)
    assert cores.physical_cores() == expected


def test_the_affinity_counts(machine, monkeypatch):
    machine("", {})
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 4, 5})
    assert cores.physical_cores() == 2


@pytest.mark.skipif(os.name != "posix", reason="a shell script plays sysctl")
@pytest.mark.parametrize(
    "answers, expected",
    [({"hw.perflevel0.physicalcpu": 4, "hw.physicalcpu": 8}, 4), ({"hw.physicalcpu": 8}, 8), ({}, os.cpu_count())],
)
def test_on_a_mac_the_fast_cores_count(answers, expected, monkeypatch, tmp_path):
    lines = [f'[ "$*" = "-n {name}" ] && echo {answer} && exit' for name, answer in answers.items()]
    (tmp_path / "sysctl").write_text("\n".join(["#!/bin/sh", *lines, "exit 1"]), newline="\n")
    (tmp_path / "sysctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cores.physical_cores() == expected


def test_a_mac_without_sysctl_has_cores(monkeypatch):
    def missing(*arguments, **settings):
        raise FileNotFoundError("sysctl")

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(subprocess, "run", missing)
    assert cores.physical_cores() == os.cpu_count()


def test_this_machine_has_a_core():
    assert 1 <= cores.physical_cores() <= os.cpu_count()


@pytest.mark.parametrize("platform, given, expected", [
    ("darwin", None, "1"), ("darwin", "3", "3"), ("linux", None, None),
])  # fmt: skip
def test_a_command_limits_the_threads_of_apples_linear_algebra(platform, given, expected, monkeypatch):
    name, seen = "VECLIB_MAXIMUM_THREADS", []
    monkeypatch.setattr(sys, "stderr", sys.stderr)  # run_script puts another one there
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(name, given or "")
    if given is None:
        monkeypatch.delenv(name)
    with pytest.raises(SystemExit):
        run_script(lambda: seen.append(os.environ.get(name)) or 0)
    assert seen == [expected]


@pytest.mark.slow
@pytest.mark.parametrize("program", ["train.py", "sample.py"])
def test_that_limit_is_set_before_numpy_is_imported(program):
    """Apple's linear algebra reads it then."""
    code = f"import runpy, sys; runpy.run_path({program!r}); sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
