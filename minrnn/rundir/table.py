"""Many runs in one table, from the result.json and the log.csv in their folders."""

import json
import math
from pathlib import Path
from typing import NamedTuple

from ..system.errors import OptionError
from ..system.wording import bits_and_perplexity, cell_label, visible
from .folder import LOG, RESULT
from .log import parsed

LARGEST = 1 << 20  # Bytes of a result.json; ours have 3,000.
HEAD = ("run", "model", "parameters", "steps", "seconds", "best loss", "perplexity", "bits/char", "")


class Summary(NamedTuple):
    """What is known of a run: its folder, the rows of its log, and its result, {} if it has none yet."""

    folder: Path
    rows: list[dict]
    result: dict

    @property
    def best(self) -> float | None:
        """The lowest validation loss in nats a symbol, if any was measured."""
        return min((row["val_loss"] for row in self.rows if finite(row.get("val_loss"))), default=None)


def find_runs(places: list[str]) -> list[Summary]:
    """The runs in these folders and below them, those with the lowest validation loss first.

    Raises OptionError for a folder that is not there or has no run. A result.json that cannot be read counts as none.
    """
    folders = {}
    for place in places:
        if not Path(place).is_dir():
            raise OptionError(f"{place} is not a folder; name folders of runs, or folders that have such in them")
        found = sorted(path.parent for path in Path(place).rglob(LOG) if path.is_file())
        if not found:
            raise OptionError(f"{place} has no run in it, which has a file {LOG}; name folders that train.py wrote")
        folders |= {folder.resolve(): folder for folder in found}
    runs = [Summary(folder, read_rows(folder / LOG), read_result(folder / RESULT)) for folder in folders.values()]
    return sorted(runs, key=lambda run: math.inf if run.best is None else run.best)


def read_rows(path: Path) -> list[dict]:
    """The rows of a log; lines that are none are left out."""
    lines = path.read_bytes().decode(errors="replace").splitlines()
    return [row for row in map(parsed, lines) if row]


def read_result(path: Path) -> dict:
    """The result of a run; {} if there is none, or the file is not one."""
    try:
        if path.stat().st_size > LARGEST:
            return {}
        result = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return result if isinstance(result, dict) else {}


def table(runs: list[Summary]) -> str:
    """A line for each run below a head, in columns."""
    lines = [HEAD, *map(cells, runs)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    left = {0, 1, len(HEAD) - 1}
    return "\n".join(
        "  ".join(
            cell.ljust(w) if k in left else cell.rjust(w) for k, (cell, w) in enumerate(zip(line, widths))
        ).rstrip()
        for line in lines
    )


def cells(run: Summary) -> tuple[str, ...]:
    """The line of a run. What is not known is a dash."""
    last, best, result = (run.rows[-1] if run.rows else {}), run.best, run.result
    loss, bits = result.get("best_loss"), result.get("bits_per_character")
    # How many characters a symbol stands for follows from the result; the newest loss is in the log.
    known = best is not None and finite(loss) and finite(bits) and loss > 0 < bits
    return (
        visible(str(run.folder)),
        model(result.get("options")),
        shown(result.get("parameters"), ",.0f"),
        shown(last.get("step"), ",.0f"),
        shown(last.get("seconds"), ",.0f"),
        shown(best, ".4f"),
        shown(None if best is None else bits_and_perplexity(best, 1)[1], ".4g"),
        shown(bits * best / loss if known else None, ".3f"),
        state(result, last),
    )


def model(options: object) -> str:
    """The cell and the sizes of a model: "lstm 2 x 256"."""
    if not isinstance(options, dict) or not isinstance(options.get("cell"), str):
        return "-"
    return visible(f"{cell_label(options['cell'])} {options.get('layers')} x {options.get('hidden')}")[:40]


def state(result: dict, last: dict) -> str:
    """Whether the run is where its result says: it may be learning just now, or was killed."""
    if not result or result.get("step") != last.get("step"):
        return "not over"
    return "" if result.get("finished") is True else "stopped"


def shown(value: object, form: str) -> str:
    return format(value, form) if finite(value) else "-"


def finite(value: object) -> bool:
    """Whether this is a number, and not NaN or infinite."""
    return type(value) in (int, float) and abs(value) < 1e300
