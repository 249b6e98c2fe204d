"""Prints docs/options.md: python -m minrnn.options > docs/options.md. A test compares the file with the tables."""

import re
import sys

from ..system.command import Parser, run_script
from . import sampling_options, training_options
from .option import Option

SCRIPTS = {"train.py": training_options.GROUPS, "sample.py": sampling_options.GROUPS}
INTRODUCTION = """\
# Options

This page is made by `python -m minrnn.options > docs/options.md`; `--help` says the same. An option may be cut short as
long as it is clear which one is meant: `--hid 64`. The last column tells what `train.py --resume` does: a *fixed*
option stays as the run began, another *may change*, and one that is *not kept* belongs to the moment.
"""
HEAD = "\n## {}\n\n| option | meaning | default | resumed |\n|---|---|---|---|\n"


def page() -> str:
    """The page in Markdown."""
    text = INTRODUCTION
    for script, groups in SCRIPTS.items():
        for title, rows in groups.items():
            text += HEAD.format(f"`{script}` {title}".strip()) + "".join(
                f"| {' | '.join(cells(row))} |\n" for row in rows
            )
    return text


def cells(row: Option) -> list[str]:
    """The option as it is written, its meaning, its default, and what a resumed run does."""
    flag = row.written.split()[0]
    written = f"{flag} {row.metavar}".strip() if flag.startswith("--") else row.metavar
    meaning, default = re.fullmatch(r"(.*?)(?: \(default:? (.*)\))?", row.explained).groups("")
    # Signs of Markdown stand for themselves.
    return [f"`{written}`", *(re.sub(r"([|<*_\\])", r"\\\1", text) for text in (meaning, default)), row.resumed]


def main() -> int:
    Parser(prog=sys.argv[0], description=__doc__).parse_args()
    print(page(), end="")
    return 0


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.options"  # How help and errors name this command.
    run_script(main)
