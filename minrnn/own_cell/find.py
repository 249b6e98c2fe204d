"""The cell that a user of gradcheck names: one of CELLS, or a class in a file or a module."""

from cells import CELLS

from ..system.command import did_you_mean
from ..system.errors import OptionError
from ..system.wording import cell_label
from .load import FORM, class_in, run_module
from .names import own_cell

FORMS = f"{FORM} or module:Class"


def find(text: str) -> str:
    """The name in CELLS of what `--cell` says. A new class is added to CELLS as "FILE.py:Class" or "module:Class"."""
    where, colon, name = text.rpartition(":")
    if not where.endswith(".py") and text in CELLS:
        return text
    if not colon:
        raise OptionError(f"there is no cell {text!r}{did_you_mean(text, CELLS)}; give {', '.join(CELLS)}, {FORMS}")
    if where.endswith(".py"):
        own = own_cell(text)
        label, kind = cell_label(own), CELLS[own]
    else:
        label, kind = f"{where}:{name}", class_in(run_module(where, FORMS), name, where)
    known = next((key for key, other in CELLS.items() if other is kind and "@" not in key), label)
    CELLS[known] = kind
    return known
