"""Checks gradients: all of them as a table, or, with --cell, those of one cell by itself and in a model.

Exit status: 0 if every gradient is right, 1 if one is wrong, 2 if there was nothing to check.
"""

import sys

from ..nn.config import SIZES as MODEL_SIZES
from ..options.arguments import positive, vocabulary_size
from ..options.kinds import Text
from ..options.option import flag, make_parser, momentary
from ..options.training_options import GROUPS
from ..system.command import Parser, run_script
from . import LAYERS, SIZES

OWN = [
    momentary("--cell NAME", Text(), None, "a cell by its name, or FILE.py:Class, or module:Class"),
    momentary("--T N", positive, SIZES["T"], "time steps"),
    momentary("--N N", positive, SIZES["N"], "sequences side by side"),
    momentary("--D N", positive, SIZES["D"], "inputs of the cell by itself"),
    momentary("--V N", vocabulary_size, SIZES["V"], "symbols of the model"),
    momentary("--hidden N", positive, SIZES["hidden"], "units of each layer"),
    momentary("--layers N", positive, LAYERS, "stacked cells"),
]
# Options of train.py that mean the same here.
SHARED = {*MODEL_SIZES} - {"cell", "layers", *SIZES}
SHARED |= {"gru_reset", "gates", "forget_bias", "gate_bias", "tie_gates", "transforms", "rounds", "rank", "seed"}


def main() -> int:
    p = parser()
    given = vars(p.parse_args())
    if "cell" in given:
        from .single import check_one

        return check_one(given)
    if given:
        p.error(f"{flag(next(iter(given)))} is for one cell; give --cell too")

    from .table import print_table

    return print_table()


def parser() -> Parser:
    """The parser of all options; one that is not given is absent from the result."""
    shared = [row for rows in GROUPS.values() for row in rows if row.name in SHARED]
    return make_parser(sys.argv[0], __doc__, {"": OWN + shared})


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.gradcheck"  # How help and errors name this command.
    run_script(main)
