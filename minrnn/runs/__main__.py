"""Shows all runs at a glance, the lowest validation loss first: a table, a picture of their curves, CSV, JSON.

Losses are in nats a symbol: they compare on one text with one kind of symbols. Bits a character compare across those.
"""

import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

from ..options.kinds import Choice
from ..rundir.curves import AXES, draw_runs
from ..rundir.folder import FILES, RUNS
from ..rundir.summary import find_runs
from ..rundir.table import as_csv, as_json, notes, table
from ..system.command import Parser, run_script
from ..system.console import note
from ..system.errors import OptionError
from ..system.files import write_atomic

STDOUT = Path("-")


def main() -> int:
    o = parser().parse_args()
    if o.csv == o.json == STDOUT:
        raise OptionError("--csv - and --json - cannot both go to standard output; name a file for one of them")
    runs = find_runs(o.folder or [str(RUNS)])
    if o.plot:
        draw_runs(runs, o.plot, o.by)
        note(f"written: {o.plot}")
    for path, content in ((o.csv, as_csv), (o.json, as_json)):
        if path == STDOUT:
            sys.stdout.write(content(runs))
        elif path:
            write_atomic(path, content(runs).encode())
            note(f"written: {path}")
    if STDOUT not in (o.csv, o.json):
        print(table(runs), flush=True)
    for line in notes(runs):
        note(f"note: {line}")
    return 0


def parser() -> Parser:
    """The parser of all options."""
    p = Parser(prog=sys.argv[0], description=__doc__)
    o = p.add_argument
    o("folder", nargs="*", metavar="DIR", help="folders of runs, or folders that have such in them (default: runs)")
    o("--plot", "--picture", type=ending(".png"), metavar="FILE.png", help="draw the validation curves into this file")
    by, first = Choice(AXES), next(iter(AXES))
    o("--by", type=by, default=first, metavar="AXIS", help=f"draw against {', '.join(AXES)} (default {first})")
    o("--csv", type=ending(".csv", "-"), metavar="FILE.csv", help="write the table as CSV; - for standard output")
    o("--json", type=ending(".json", "-"), metavar="FILE.json",
      help="write all that is known, with all options; - for standard output")  # fmt: skip
    return p


def ending(suffix: str, *others: str) -> Callable[[str], Path]:
    """An argument type: a file with this suffix that is none of a run's, so that none is overwritten by mistake."""

    def read(text: str) -> Path:
        path = Path(text)
        if text not in others and (path.suffix != suffix or path.name in FILES):
            raise ArgumentTypeError(
                f"{text!r} is not the name of a file to write; give one that ends in {suffix} and that no run has"
            )
        return path

    return read


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.runs"  # How help and errors name this command.
    run_script(main)
