"""Our packages `cells`, `optim` and `data` are found, whatever other things have these names."""

import os
import subprocess
import sys
import tomllib

import pytest
from conftest import ROOT

import minrnn

pytestmark = pytest.mark.slow

# What `pip install -e .` does: a finder of setuptools that comes after the search of sys.path.
EDITABLE = f"""
import importlib.util, sys
from pathlib import Path

ROOT = Path({str(ROOT)!r})
sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != ROOT]

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ("minrnn", "cells", "optim", "data"):
            return importlib.util.spec_from_file_location(name, ROOT / name / "__init__.py")

sys.meta_path.append(Finder)
"""
MODULE = "SECRET = 42\n"


@pytest.fixture(params=["on the path", "editable"])
def python(request, tmp_path):
    """Runs Python in an empty folder, with the checkout found in one of two ways."""
    found = ROOT
    if request.param == "editable":
        found = tmp_path / "site"
        found.mkdir()
        (found / "sitecustomize.py").write_text(EDITABLE)
    here = tmp_path / "here"
    here.mkdir()

    def run(*arguments):
        env = os.environ | {"PYTHONPATH": str(found)}
        return subprocess.run([sys.executable, *arguments], cwd=here, env=env, capture_output=True, text=True)

    run.here = here
    return run


def shadow(here, kind):
    """Puts something of the name of each leaf into a folder."""
    for leaf in minrnn.LEAVES:
        if kind == "a module":
            (here / f"{leaf}.py").write_text(MODULE)
        else:
            (here / leaf).mkdir()
            if kind == "a package":
                (here / leaf / "__init__.py").write_text(MODULE)


OURS = "import cells, optim, data; print(cells.CELLS.keys() & {'gru'}, optim.SCHEDULES.keys() & {'cosine'}, data.Text)"
FOUND = "{'gru'} {'cosine'} <class 'data.text.Text'>\n"


@pytest.mark.parametrize("kind", ["a folder", "a module", "a package"])
def test_the_working_directory_may_have_the_same_names(kind, python):
    shadow(python.here, kind)
    assert python("-c", "import minrnn.checkpoint.pretrained; " + OURS).stdout == FOUND
    result = python("-m", "minrnn.inspect", "--help")
    assert result.returncode == 0 and result.stdout.startswith("usage:"), result.stderr
    result = python(ROOT / "train.py", "--list-presets")
    assert result.returncode == 0 and result.stdout, result.stderr


def test_a_folder_that_was_imported_makes_room(python):
    shadow(python.here, "a folder")
    first = "import data, cells, optim, minrnn.checkpoint.pretrained; "
    assert python("-c", first + OURS).stdout == FOUND


@pytest.mark.parametrize("kind", ["a module", "a package"])
def test_code_that_was_imported_is_named(kind, python):
    shadow(python.here, kind)
    result = python("-c", "import data, minrnn")
    assert result.returncode == 1
    file = python.here / ("data.py" if kind == "a module" else "data/__init__.py")
    assert result.stderr.splitlines()[-1] == (
        f"ImportError: minrnn has a package 'data' of its own, but {file} is imported by that name already: "
        "rename that one, or use minrnn in another process"
    )


@pytest.mark.parametrize("python", ["editable"], indirect=True)  # Else ours is found before a folder without code.
def test_code_in_a_folder_that_was_imported_is_named(python):
    shadow(python.here, "a folder")
    (python.here / "data" / "secret.py").write_text(MODULE)
    result = python("-c", "import data.secret, minrnn")
    assert "data/secret.py is imported by that name already" in result.stderr.splitlines()[-1]


def test_other_modules_are_left_alone(python):
    (python.here / "host").mkdir()
    (python.here / "host" / "data.py").write_text(MODULE)
    result = python("-c", "import minrnn, host.data; from host import data; print(data.SECRET)")
    assert result.stdout == "42\n", result.stderr


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert minrnn.__version__ == project["version"]


def test_the_map_names_every_room():
    text = minrnn.__doc__.split("rooms", 1)[1]
    rooms = {path.parent.name for path in ROOT.glob("minrnn/*/__init__.py")}
    assert all(f" {room}" in text for room in rooms)
