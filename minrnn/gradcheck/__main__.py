"""Checks gradients: all of them as a table, or, with --cell, those of one cell by itself and in a model.

Exit status: 0 if every gradient is right, 1 if one is wrong, 2 if there was nothing to check.
"""

import argparse
import sys

from ..options.arguments import count, named, positive, real, share, vocabulary_size
from ..system.command import Parser, run_script


def main():
    p = parser()
    given = vars(p.parse_args())
    if "cell" in given:
        from .single import check_one

        return check_one(given)
    if given:
        p.error(f"--{next(iter(given)).replace('_', '-')} is for one cell; give --cell too")

    from .table import print_table

    return print_table()


def parser():
    """All options. One that is not given is absent from the result."""
    from ..nn.dropout import MASKS
    from ..nn.stack import PLACES

    p = Parser(prog=sys.argv[0], description=__doc__, argument_default=argparse.SUPPRESS)
    add = p.add_argument
    add("--cell", type=named, metavar="NAME", help="a cell by its name, or FILE.py:Class, or module:Class")
    add("--layers", type=positive, metavar="N", help="stacked cells (default 1)")
    add("--T", type=positive, metavar="N", help="time steps (default 3)")
    add("--N", type=positive, metavar="N", help="sequences side by side (default 4)")
    add("--D", type=positive, metavar="N", help="inputs of the cell by itself (default 5)")
    add("--V", type=vocabulary_size, metavar="N", help="symbols of the model (default 7)")
    add("--hidden", type=positive, metavar="N", help="units a layer (default 6)")
    add("--embed", type=count, metavar="N", help="size of the input vectors; 0 for one-hot (default 0)")
    add("--dropout", type=share, metavar="P", help="share that is dropped (default 0)")
    add("--dropout-at", choices=PLACES, help="where (default outputs)")
    add("--dropout-mask", choices=MASKS, help="a new mask for each step, or one for a sequence (default step)")
    add("--tie-weights", action="store_true", help="the embedding is the output matrix too; sets --embed")
    add("--gru-reset", choices=("after", "before"), help="reset gate after or before the product")
    add("--gates", choices=("sigmoid", "hard"), help="the activation of gates")
    add("--forget-bias", type=real, metavar="X", help="what the forget gate's bias starts from")
    add("--gate-bias", type=real, metavar="X", help="what the biases of r and z start from")
    add("--transforms", type=positive, metavar="K", help="input transforms of mixgru")
    add("--seed", type=count, metavar="N", help="start of all randomness (default 0)")
    return p


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.gradcheck"  # How help and errors name this command.
    run_script(main)
