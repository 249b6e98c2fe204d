"""Searches for good options: many short runs, the next one chosen by what the others showed, bad ones stopped early.

Other options of train.py, such as --layers 3 or --steps 500, are the same in all runs. The same command again goes on
with the study, and several at once share it. At the end: the best, and the command that trains the best one longer.
"""

import sys
from pathlib import Path

from ..options.arguments import positive
from ..options.kinds import Text
from ..options.training_options import GROUPS
from ..system.command import Parser, run_script
from .space import axis

# Options of train.py that are the search's own business.
OURS = ("out", "resume", "quiet", "list_presets", "list_texts", "tensorboard")
TRIALS = 40


def main() -> int:
    given = vars(parser().parse_args())
    axes, trials, study, storage = (given.pop(name, None) for name in ("space", "trials", "study", "storage"))
    from .search import search

    return search(axes, given, trials, Path(study) if study else None, storage)


def parser() -> Parser:
    """The parser of all options; one of train.py that is not given is absent from the result."""
    p = Parser(prog=sys.argv[0], description=__doc__)
    o = p.add_argument_group("search").add_argument
    o("--space", type=axis, action="append", required=True, metavar="NAME=VALUES",
      help="an option that varies: lr=log:1e-3:1e-2, dropout=0:0.5, hidden=64,128,256 or "
      "tie-gates=on,off; once for each")  # fmt: skip
    o("--trials", type=positive, default=TRIALS, metavar="N", help=f"trials of the study in all (default {TRIALS})")
    o("--study", type=Text(), metavar="DIR", help="folder of the study and its runs (default: runs/tune-TEXT)")
    o("--storage", type=Text(), metavar="URL",
      help="keep the study in a database, under the name of the folder (default: a file in it)")  # fmt: skip
    for title, rows in GROUPS.items():
        group = p.add_argument_group(f"{title}, as in train.py")
        for row in rows:
            if row.name not in OURS:
                row.add_to(group)
    return p


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.tune"  # How help and errors name this command.
    run_script(main)
