"""The cell that a user names: one of CELLS, or a class in a file or a module."""

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path

from cells import CELLS

from ..system.command import did_you_mean
from ..system.errors import OptionError
from .users_code import calling


def find(text):
    """The name in CELLS of what `--cell` says; "FILE.py:Class" or "module:Class" is added to CELLS by that name."""
    if text in CELLS:
        return text
    where, colon, name = text.rpartition(":")
    if not colon:
        raise OptionError(
            f"there is no cell {text!r}{did_you_mean(text, CELLS)}; give one of {', '.join(CELLS)}, or FILE.py:Class, "
            "or module:Class"
        )
    module = load_file(Path(where)) if where.endswith(".py") else load_module(where)
    cell = getattr(module, name, None)
    if not inspect.isclass(cell):
        # What is only imported there counts if it looks like a cell.
        classes = [
            key
            for key, v in inspect.getmembers(module, inspect.isclass)
            if v.__module__ == module.__name__ or hasattr(v, "backward")
        ]
        raise OptionError(f"there is no class {name!r} in {where}; it has {', '.join(classes) or 'none'}")
    for known, other in CELLS.items():
        if other is cell:
            return known
    known = f"{Path(where).name}:{name}"
    CELLS[known] = cell
    return known


def load_file(path):
    """The module that a Python file is."""
    if not path.is_file():
        raise OptionError(f"there is no file {path}; give --cell FILE.py:Class with a file that is there")
    sys.path.insert(0, str(path.parent.resolve()))  # As `python FILE.py` does: what stands beside it can be imported.
    # Dataclasses look for their module among those that are loaded; the name is one that nothing else has.
    spec = importlib.util.spec_from_file_location(f"cell in {path.stem}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    with calling(f"importing {path}"):
        spec.loader.exec_module(module)
    return module


def load_module(name):
    """The module of that name."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise OptionError(f"{name!r} is no module; give --cell FILE.py:Class or module:Class")
    with calling(f"importing {name}"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and name.startswith(error.name):
                raise OptionError(
                    f"there is no module {error.name}; give --cell FILE.py:Class or module:Class"
                ) from error
            raise
