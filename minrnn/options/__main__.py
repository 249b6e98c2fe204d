"""Prints docs/options.md: python -m minrnn.options > docs/options.md. A test compares the file with the tables."""

import re

from ..system.command import run_script
from . import sampling_options, training_options
from .option import Option

TRAINING = """\
# Options

This page follows the tables in `minrnn/options/` (`python -m minrnn.options > docs/options.md`), as `--help` does. An
option may be cut short as long as it is clear which one is meant: `--hid 64`.

## `train.py`

`python train.py [TEXT ...]`. The last column tells what `--resume` does: a *fixed* option stays as the run began,
another one *may change*, and one that is *not kept* belongs to the moment and is given anew.

"""
SAMPLING = """\
## `sample.py`

`python sample.py MODEL`

"""


def page() -> str:
    """The page in Markdown."""
    groups = training_options.GROUPS.items()
    training = (f"### {title.capitalize()}\n\n{table(rows, resumed=True)}" for title, rows in groups)
    return TRAINING + "".join(training) + SAMPLING + table(sampling_options.ROWS).rstrip("\n") + "\n"


def table(rows: list[Option], resumed: bool = False) -> str:
    """The rows as a table in Markdown, with or without the column of what a resumed run does."""
    columns = 3 + resumed
    lines = [["option", "meaning", "default", "resumed"], ["---"] * 4, *([*cells(row), row.resumed] for row in rows)]
    return "".join(f"| {' | '.join(line[:columns])} |\n" for line in lines) + "\n"


def cells(row: Option) -> tuple[str, str, str]:
    """The option as it is written, its meaning, and its default. Signs of Markdown stand for themselves."""
    flag = row.written.split()[0]
    written = f"{flag} {row.metavar}".strip() if flag.startswith("--") else row.metavar
    meaning = re.fullmatch(r"(.*?)(?: \(default:? (.*)\))?", row.explained).groups("")
    return f"`{written}`", *(re.sub(r"([|<*_\\])", r"\\\1", text) for text in meaning)


def main() -> int:
    print(page(), end="")
    return 0


if __name__ == "__main__":
    run_script(main)
