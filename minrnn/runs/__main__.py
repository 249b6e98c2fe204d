"""Prints a table of all runs, the lowest validation loss first, and draws their curves into one picture.

Losses are in nats a symbol: compare runs on one text with one kind of symbols. Bits a character compare across those.
"""

import sys
from argparse import ArgumentTypeError
from pathlib import Path

from ..options.kinds import Choice
from ..rundir.curves import AXES, draw_runs
from ..rundir.folder import RUNS
from ..rundir.table import find_runs, table
from ..system.command import Parser, run_script


def main() -> int:
    o = parser().parse_args()
    runs = find_runs(o.folder or [str(RUNS)])
    if o.picture:
        draw_runs(runs, o.picture, o.by)
        print(f"written: {o.picture}", file=sys.stderr)
    print(table(runs))
    return 0


def parser() -> Parser:
    """The parser of all options."""
    p = Parser(prog=sys.argv[0], description=__doc__)
    o = p.add_argument
    o("folder", nargs="*", metavar="DIR", help="folders of runs, or folders that have such in them (default: runs)")
    o("--picture", type=png, metavar="FILE.png", help="draw the curves into this file")
    by, first = Choice(AXES), next(iter(AXES))
    o("--by", type=by, default=first, metavar="AXIS", help=f"draw against {', '.join(AXES)} (default {first})")
    return p


def png(text: str) -> Path:
    """An argument type: the name of a picture, so that no checkpoint is overwritten by mistake."""
    if Path(text).suffix != ".png":
        raise ArgumentTypeError(f"{text!r} is not the name of a picture; give one that ends in .png")
    return Path(text)


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.runs"  # How help and errors name this command.
    run_script(main)
