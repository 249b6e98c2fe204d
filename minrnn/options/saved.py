"""The check of the options in a checkpoint: each must have a value that train.py's command line could have given."""

from ..own_cell.names import refuse_unknown
from ..system.errors import CheckpointError
from .option import flag
from .table import ROWS


def check_option(name: str, value: object) -> None:
    """Raises CheckpointError unless the value is one that the option can have; UnknownCellError for an unnamed cell."""
    if name == "cell":
        refuse_unknown(value)
    if not (value is None and ROWS[name].default is None) and not ROWS[name].kind.allows(value):
        raise CheckpointError(f"it has {flag(name)} {short(value)}")


def short(value: object) -> str:
    """How a value is shown: only the beginning of a long one, and of a container only what it is."""
    value = value[:60] if type(value) is str else value
    return repr(value)[:60] if type(value) in (str, int, float, bool, type(None)) else f"a {type(value).__name__}"
