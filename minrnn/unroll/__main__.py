"""Unrolls a cell over a text: one page on which every key press computes one equation, forward and then backward.

Equations and numbers come from the header of the cell's file. With --diagram it draws one step of the cell instead:
forward edges, and backward edges with the slope of each.
"""

import sys

from ..options.arguments import non_negative, positive
from ..options.kinds import Switch, Text
from ..options.option import MOMENTARY, make_parser, momentary
from ..options.training_options import GROUPS
from ..system.command import Parser, run_script

OWN = [
    momentary("--cell NAME", Text(), "lstm", "a cell by its name, or FILE.py:Class, or module:Class"),
    momentary("--text TEXT", Text(), "hello", "what it reads, a symbol a character"),
    momentary("--T N", positive, 4, "time steps"),
    momentary("--H N", positive, 2, "units"),
    momentary("--seed N", non_negative, 0, "the random weights and biases"),
    momentary("--diagram", Switch(), False, "draw one step of the cell as an SVG picture"),
    momentary("--out FILE", Text(), None, "where to write (default: unroll.html, or unroll.svg with --diagram)"),
]
SIZES = [
    momentary("--transforms K", positive, 2, "mixgru: input transforms that are mixed"),
    momentary("--rounds R", positive, 2, "mogrifier: how often input and state scale one another before a step"),
    momentary("--rank K", positive, 2, "mogrifier: rank of the matrices that give these scales"),
]
# Options of train.py that mean the same here.
SHARED = ("gru_reset", "tie_gates")


def main() -> int:
    """Writes the page or the picture; the exit status."""
    given = vars(parser().parse_args())

    # Imported after the arguments are parsed, so that a wrong one is told at once.
    from .command import write

    print(write({row.name: row.default for row in OWN + SIZES} | given, given))
    return 0


def parser() -> Parser:
    """The parser of all options; one that is not given is absent from the result."""
    rows = {row.name: row for rows in GROUPS.values() for row in rows}
    return make_parser(
        sys.argv[0],
        __doc__,
        {"": OWN, "of the cell": [rows[name]._replace(resumed=MOMENTARY) for name in SHARED] + SIZES},
    )


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.unroll"  # How help and errors name this command.
    run_script(main)
