"""The cell of docs/your-own-cell.md as the file that the page tells its reader to write."""

import re
from pathlib import Path

from cells import CELLS
from minrnn.own_cell import names

PAGE = (Path(__file__).parents[2] / "docs" / "your-own-cell.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# The code of the sections Forward and Backward.
FILE = "\n\n".join(BLOCKS[:3])
CLASS = "PlainMixGRU"


def changed(right: str, wrong: str) -> str:
    """The file with one change."""
    assert FILE.count(right) == 1, right
    return FILE.replace(right, wrong)


def forget(known: dict) -> None:
    """Has this process know these cells and no others, as a new process would."""
    CELLS.clear()
    CELLS.update(known)
    names.written.clear()
