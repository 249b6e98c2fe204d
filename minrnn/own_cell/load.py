"""The class that FILE.py:Class or module:Class names."""

import importlib
import importlib.util
import inspect
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from ..system.errors import OptionError
from .users_code import calling

FORM = "FILE.py:Class"


def read_source(path: Path) -> tuple[bytes, str]:
    """The bytes of a Python file and their SHA-256 in hexadecimal. Raises OptionError."""
    if not path.is_file():
        raise OptionError(f"there is no file {path}; give --cell {FORM} with a file that exists")
    try:
        source = path.read_bytes()
    except OSError as error:
        raise OptionError(f"{path} cannot be read: {error.strerror}; check its permissions") from None
    return source, sha256(source).hexdigest()


def run_file(path: Path, source: bytes, digest: str) -> ModuleType:
    """The module that these bytes of a file make: exactly those that the digest is of, and no compiled copy."""
    # In sys.modules, because dataclasses look there; under a name that no other module has.
    spec = importlib.util.spec_from_file_location(f"cell in {path.stem} {digest}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    folder = str(path.parent.resolve())
    sys.path.insert(0, folder)  # as `python FILE.py` does, so that it can import its neighbours
    try:
        with calling(f"importing {path}"):
            exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))
    except BaseException:
        del sys.modules[spec.name]
        raise
    finally:
        if folder in sys.path:
            sys.path.remove(folder)
    return module


def run_module(name: str, forms: str) -> ModuleType:
    """The module of that name."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise OptionError(f"{name!r} is not the name of a module; give --cell {forms}")
    with calling(f"importing {name}"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and name.startswith(error.name):
                raise OptionError(f"there is no module {error.name}; give --cell {forms}") from error
            raise


def class_in(module: ModuleType, name: str, where: str) -> type:
    """The class of a cell in a module, which messages call `where`. Raises OptionError if there is none."""
    kind = getattr(module, name, None)
    if not inspect.isclass(kind):
        cells = [key for key, v in inspect.getmembers(module, inspect.isclass) if hasattr(v, "backward")]
        raise OptionError(f"there is no class {name!r} in {where}; it has {', '.join(cells) or 'none'}")
    if not (hasattr(kind, "forward") or hasattr(kind, "backward")):
        raise OptionError(f"{name} in {where} is not a cell: it has neither forward nor backward")
    try:
        inspect.signature(kind)
    except ValueError:
        raise OptionError(f"{name} in {where} has no __init__(self, D, H, dtype, rng); give it one") from None
    return kind
