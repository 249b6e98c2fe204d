"""What is known of a run from the files in its folder, and all runs in and below some folders."""

import json
import math
import os
from pathlib import Path
from typing import NamedTuple

from ..system.errors import OptionError
from ..system.lock import is_locked
from .folder import FILES, LOG, PLOT, RESULT
from .log import parsed

LARGEST = 1 << 20  # Bytes of a result.json; ours have 3,000.
A_RUN = {name for name in FILES if name != PLOT}  # A folder that has one of these files is a run.


class Summary(NamedTuple):
    """A run: its folder, the rows of its log, its result, {} if it has none, and whether a process trains it now."""

    folder: Path
    rows: list[dict]
    result: dict
    running: bool = False

    @property
    def best(self) -> float | None:
        """The lowest validation loss in nats a symbol, if any was measured."""
        told = self.result.get("best_loss")
        losses = [row["val_loss"] for row in self.rows if finite(row.get("val_loss"))]
        return min(losses, default=told if finite(told) and not self.rows else None)

    @property
    def is_told(self) -> bool:
        """Whether the result is as new as the log: a killed run has rows of later steps."""
        step = self.result.get("step")
        return finite(step) and step >= (self.rows[-1]["step"] if self.rows else 0)

    @property
    def last(self) -> dict:
        """The newest step, symbols and seconds that are known; {} if none are."""
        told = self.result if self.is_told else {}
        known = {name: told[name] for name in ("step", "symbols", "seconds") if finite(told.get(name))}
        return (self.rows[-1] if self.rows else {}) | known

    @property
    def options(self) -> dict:
        """The options of the run; {} if they are not known. Values that no option has are left out."""
        found = self.result.get("options")
        return {name: value for name, value in found.items() if is_value(value)} if isinstance(found, dict) else {}

    @property
    def text(self) -> tuple | None:
        """What tells the run's text from others, with what of it is held out; None if that is not known."""
        found = self.result.get("text")
        found = found if isinstance(found, dict) else {}
        known = isinstance(found.get("sha256"), str) and finite(found.get("learned"))
        return (found["sha256"], found["learned"]) if known else None

    @property
    def state(self) -> str:
        """`finished`, `stopped` before its end, or `running`; `not over`: it was killed, diverged or is damaged."""
        if self.running:
            return "running"
        if not self.is_told:
            return "not over"
        return "finished" if self.result.get("finished") is True else "stopped"


def find_runs(places: list[str]) -> list[Summary]:
    """The runs in these folders and below them, those with the lowest validation loss first.

    Losses on different texts do not compare: the runs of each text stand together. Raises OptionError for a folder that
    is not there or has no run. Files that cannot be read count as missing.
    """
    folders = {}
    for place in places:
        if not Path(place).is_dir():
            raise OptionError(f"{place} is not a folder; name folders of runs, or folders that have such in them")
        found = sorted(Path(path) for path, _, names in os.walk(place) if A_RUN & set(names))
        if not found:
            raise OptionError(f"{place} has no run in it, which has a file {LOG}; name folders that train.py wrote")
        folders |= {folder.resolve(): folder for folder in found}
    runs = [
        Summary(folder, read_rows(folder / LOG), read_result(folder / RESULT), is_locked(folder))
        for folder in folders.values()
    ]
    first = {}  # The lowest loss on each text.
    for run in runs:
        first[run.text] = min(first.get(run.text, math.inf), loss_of(run))
    several = len(first.keys() - {None}) > 1
    order = {text: k for k, text in enumerate(sorted(first, key=lambda text: (text is None, first[text])))}
    return sorted(runs, key=lambda run: (order[run.text] if several else 0, loss_of(run)))


def loss_of(run: Summary) -> float:
    """The lowest validation loss, infinite if there is none."""
    return math.inf if run.best is None else run.best


def read_rows(path: Path) -> list[dict]:
    """The rows of a log; lines that are none are left out. None of a file that is not there or cannot be read."""
    try:
        lines = path.read_bytes().decode(errors="replace").splitlines() if path.is_file() else []
    except OSError:
        return []
    return [row for row in map(parsed, lines) if row]


def read_result(path: Path) -> dict:
    """The result of a run; {} if there is none, or the file is not one. Numbers that are not finite become None."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return {}
        result = json.loads(path.read_bytes(), parse_float=number, parse_constant=lambda name: None)
    except (OSError, ValueError, RecursionError):
        return {}
    return result if isinstance(result, dict) else {}


def number(text: str) -> float | None:
    return value if finite(value := float(text)) else None


def is_value(value: object) -> bool:
    """Whether an option can have this value: a text, a number, a switch, None, or a list of such."""
    if isinstance(value, list):
        return not any(isinstance(v, list) for v in value) and all(map(is_value, value))
    return value is None or isinstance(value, str | bool) or finite(value)


def finite(value: object) -> bool:
    """Whether this is a number, and not NaN or infinite."""
    return type(value) in (int, float) and abs(value) < 1e300
