"""The cell that a user names: one of CELLS, or a class in a file or a module."""

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType

from cells import CELLS

from ..system.command import did_you_mean
from ..system.errors import OptionError
from .users_code import calling

FORMS = "FILE.py:Class or module:Class"


def find(text: str) -> str:
    """The name in CELLS of what `--cell` says. A new class is added to CELLS as "FILE.py:Class" or "module:Class"."""
    if text in CELLS:
        return text
    where, colon, name = text.rpartition(":")
    if not colon:
        raise OptionError(f"there is no cell {text!r}{did_you_mean(text, CELLS)}; give {', '.join(CELLS)}, {FORMS}")
    module = load_file(Path(where)) if where.endswith(".py") else load_module(where)
    cell = getattr(module, name, None)
    if not inspect.isclass(cell):
        cells = [key for key, v in inspect.getmembers(module, inspect.isclass) if hasattr(v, "backward")]
        raise OptionError(f"there is no class {name!r} in {where}; it has {', '.join(cells) or 'none'}")
    known = next((key for key, other in CELLS.items() if other is cell), f"{Path(where).name}:{name}")
    CELLS[known] = cell
    return known


def load_file(path: Path) -> ModuleType:
    """A Python file as a module."""
    if not path.is_file():
        raise OptionError(f"there is no file {path}; give --cell {FORMS} with a file that exists")
    sys.path.insert(0, str(path.parent.resolve()))  # as `python FILE.py` does, so that it can import its neighbours
    # In sys.modules, because dataclasses look there; under a name that no other module has.
    spec = importlib.util.spec_from_file_location(f"cell in {path.stem}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    with calling(f"importing {path}"):
        spec.loader.exec_module(module)
    return module


def load_module(name: str) -> ModuleType:
    """The module of that name."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise OptionError(f"{name!r} is not the name of a module; give --cell {FORMS}")
    with calling(f"importing {name}"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and name.startswith(error.name):
                raise OptionError(f"there is no module {error.name}; give --cell {FORMS}") from error
            raise
