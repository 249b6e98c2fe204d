"""Who imports whom: arrows between rooms go down only, and no file can reach itself through imports.

Imports inside functions count too. Where a test fails, it names the arrow and prints the allowed ones.
"""

import ast
import sys
from functools import lru_cache
from pathlib import Path

import pytest
from conftest import ROOT

LEAVES = ("cells", "optim", "data")
# Each room, from the ground up, with the rooms that it may import.
ALLOWED = {
    "cells/kernels": (),
    "cells": ("cells/kernels",),
    "optim": (),
    "data": (),
    "minrnn": (),
    "minrnn/system": ("minrnn",),
    "minrnn/nn": ("cells", "cells/kernels"),
    "minrnn/own_cell": ("minrnn/system", "minrnn/nn", "cells"),
    "minrnn/parallel": ("minrnn/nn",),
    "minrnn/options": ("minrnn", "minrnn/system", "minrnn/nn", "minrnn/own_cell", *LEAVES),
    "minrnn/checkpoint": ("minrnn/system", "minrnn/nn", "minrnn/own_cell", "minrnn/options", *LEAVES),
    "minrnn/generation": ("minrnn/system", "minrnn/nn", "minrnn/parallel", "cells", "cells/kernels", "data"),
    "minrnn/rundir": ("minrnn/system",),
    "minrnn/training": (
        "minrnn/system", "minrnn/nn", "minrnn/own_cell", "minrnn/parallel", "minrnn/options", "minrnn/checkpoint",
        "minrnn/generation", "minrnn/rundir", *LEAVES,
    ),
    "minrnn/library": (
        "minrnn/system", "minrnn/nn", "minrnn/own_cell", "minrnn/options", "minrnn/checkpoint", "minrnn/generation",
        "minrnn/rundir", "minrnn/training", "data",
    ),
    "minrnn/gradcheck": ("minrnn/system", "minrnn/nn", "minrnn/own_cell", "minrnn/options", *LEAVES),
    "minrnn/inspect": (
        "minrnn/system", "minrnn/nn", "minrnn/own_cell", "minrnn/options", "minrnn/checkpoint", "minrnn/generation",
        "minrnn/rundir", "minrnn/parallel", "cells", "data",
    ),
    "minrnn/exchange": ("minrnn/system", "data"),
    "minrnn/export": (
        "minrnn/system", "minrnn/nn", "minrnn/own_cell", "minrnn/options", "minrnn/checkpoint", "minrnn/rundir",
        "minrnn/exchange", "data",
    ),
    "minrnn/import": ("minrnn/system", "minrnn/options", "minrnn/checkpoint", "minrnn/exchange", "data"),
    "minrnn/tune": (
        "minrnn/system", "minrnn/own_cell", "minrnn/options", "minrnn/checkpoint", "minrnn/generation", "minrnn/rundir",
        "minrnn/training", "cells", "data",
    ),
    "minrnn/unroll": ("minrnn/system", "minrnn/nn", "minrnn/own_cell", "minrnn/options", "cells"),
    "minrnn/runs": ("minrnn/system", "minrnn/options", "minrnn/rundir"),
    "minrnn/exercise": ("minrnn/system", "minrnn/own_cell", "minrnn/gradcheck", "cells"),
    "minrnn/exercise/solutions": (),
}  # fmt: skip
# What is not ours, and where it may be imported besides the standard library.
LIBRARIES = {
    "numpy": ("cells", "optim", "data", "minrnn"),
    "numba": ("cells", "optim", "minrnn"),
    "llvmlite": ("cells",),  # it comes with numba
    "matplotlib": ("minrnn",),
    "tqdm": ("minrnn",),
    "threadpoolctl": ("minrnn",),
    "tensorboardX": ("minrnn",),
    "onnx": ("minrnn",),
    "optuna": ("minrnn",),
    "pooch": ("data",),
    "mpi4py": ("minrnn",),
}
ORDER = "\n".join(f"    {room:18} -> {', '.join(below) or 'nothing of ours'}" for room, below in ALLOWED.items())


def sources():
    """Every Python file of the packages and the scripts, by its path below the root."""
    paths = [path for package in (*LEAVES, "minrnn") for path in (ROOT / package).rglob("*.py")]
    return [path.relative_to(ROOT) for path in (*paths, ROOT / "train.py", ROOT / "sample.py")]


@lru_cache(None)
def imports(file: Path):
    """A list of the dotted names of all that a file imports, "minrnn.nn.output.softmax" for a name out of a module."""
    package, names = file.parent.parts, []
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            names += [".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names]
    return names


@lru_cache(None)
def target(name: str):
    """The file below the root that a dotted name means, or None if it is not ours."""
    parts = name.split(".")
    if parts[0] not in (*LEAVES, "minrnn", "train", "sample"):
        return None
    for n in range(len(parts), 0, -1):
        path = Path(*parts[:n])
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if (ROOT / candidate).exists():
                return candidate
    raise AssertionError(f"{name} is no module of ours")


def arrows():
    """{file: the files of ours that it imports}."""
    return {file: {found for name in imports(file) if (found := target(name))} - {file} for file in sources()}


def room(file: Path):
    return file.parent.as_posix()


@pytest.fixture(scope="module")
def house():
    return arrows()


def test_every_folder_is_a_room_with_a_place_in_the_order(house):
    folders = {room(file) for file in house} - {".", "minrnn/options/presets"}
    assert folders == set(ALLOWED), f"give each room a line in ALLOWED:\n{ORDER}"


def test_arrows_between_rooms_go_down_only(house):
    wrong = []
    for file, found in house.items():
        here = room(file).removesuffix("/presets")
        for other in found:
            there = room(other).removesuffix("/presets")
            allowed = here in (".", there) or there in ALLOWED[here]
            # `from .. import __version__` and `from .. import checkpoint` name the package on the way.
            if not allowed and other != Path("minrnn/__init__.py"):
                wrong.append(f"{file} -> {other}")
    assert not wrong, f"wrong arrows: {wrong}\nallowed:\n{ORDER}"


def test_no_file_reaches_itself_through_imports(house):
    done, path = set(), []

    def visit(file):
        if file in path:
            circle = " -> ".join(map(str, [*path[path.index(file) :], file]))
            raise AssertionError(f"a circle of imports: {circle}")
        if file in done:
            return
        path.append(file)
        for other in sorted(house[file]):
            visit(other)
        path.pop()
        done.add(file)

    for file in house:
        visit(file)


def test_packages_import_only_the_libraries_they_may(house):
    for file in house:
        for name in imports(file):
            top = name.split(".")[0]
            if target(name) is None and top not in sys.stdlib_module_names:
                # The scripts may import what the trunk may.
                package = file.parts[0] if len(file.parts) > 1 else "minrnn"
                assert package in LIBRARIES.get(top, ()), f"{file} imports {top}"


def test_commands_are_imported_by_nobody(house):
    for file, found in house.items():
        for other in found:
            commands = ("gradcheck", "inspect", "export", "import", "runs", "tune", "unroll", "exercise")
            alone = other.parts[:2] in [("minrnn", name) for name in commands]
            # The judge of the exercises uses the reference of gradcheck.
            allowed = file.parts[1:2] == ("exercise",) and other.parts[1] == "gradcheck"
            assert not alone or allowed or file.parts[:2] == other.parts[:2], f"{file} -> {other}"
