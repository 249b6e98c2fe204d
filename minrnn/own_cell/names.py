"""The names of cells out of users' files: "mgu.py:MGU@" and the SHA-256 of the file.

Such a name stands in CELLS once the user has named the file, and in the checkpoints of models with this cell. A
checkpoint has no code, and no code runs because of it: the user names the same file again, by --cell FILE.py:Class.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from cells import CELLS

from ..system.errors import CheckpointError, OptionError
from ..system.wording import cell_label, quoted
from .load import FORM, class_in, read_source, run_file

OWN = re.compile(r"(.{1,255}\.py):([^\W\d]\w{0,254})@([0-9a-f]{64})", re.DOTALL)
# How the user wrote each of these names.
written: dict[str, str] = {}


class UnknownCellError(CheckpointError):
    """A checkpoint with a cell out of a file that the user has not named. `label` is the cell as people read it."""

    def __init__(self, message: str, label: str):
        super().__init__(message)
        self.label = label


def is_own(cell: str) -> bool:
    """Whether this name of a cell is that of a class in a user's file."""
    return OWN.fullmatch(cell) is not None


def own_cell(text: str) -> str:
    """The name in CELLS of the class that `text` names, FILE.py:Class. Runs the file, unless it is known already.

    Raises OptionError for a file without this class, and for one that cannot be run.
    """
    where, _, name = text.rpartition(":")
    if not where.endswith(".py"):
        raise OptionError(f"{text!r} does not name a file and a class; give {FORM}")
    path = Path(where)
    source, digest = read_source(path)
    cell = f"{path.name}:{name}@{digest}"
    if cell not in CELLS:
        module = run_file(path, source, digest)
        kind = class_in(module, name, where)
        if not is_own(cell):
            raise OptionError(f"{name!r} is no name for a class; give {FORM}")
        CELLS[cell] = kind
    written.pop(cell, None)  # so that it comes last
    written[cell] = text
    return cell


def option_for(cell: str) -> str:
    """What a command needs besides the model: " --cell FILE.py:Class" as the user wrote it; "" for a cell of ours."""
    return f" --cell {quoted(written[cell])}" if cell in written else ""


def refuse_unknown(cell: object) -> None:
    """Raises UnknownCellError if a checkpoint names a cell out of a file that the user has not named."""
    match = OWN.fullmatch(cell) if isinstance(cell, str) and cell not in CELLS else None
    if not match:
        return
    file, name, digest = match.groups()
    message = f"needs the class {name} of {file} with SHA-256 {digest}"
    # What the user has named last is what they mean.
    other = next((OWN.fullmatch(key) for key in reversed(written) if key.startswith(f"{file}:{name}@")), None)
    if other:
        message += f", but the {file} that --cell names has {other[3]}; name the file as it was in training"
    else:
        message += f"; name this file by --cell PATH/{file}:{name}"
    raise UnknownCellError(message, cell_label(cell))


def refuse_unused(named: Iterable[str], used: str) -> None:
    """Raises OptionError if the user has named a cell by --cell that the model, with the cell `used`, does not have."""
    for cell in named:
        if cell not in used:
            has = cell_label(used)
            raise OptionError(f"--cell {cell_label(cell)} is not the cell of the model, which has {has}; leave it out")
