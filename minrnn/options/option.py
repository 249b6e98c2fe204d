"""A row of a table of options, and a parser made of such rows."""

from argparse import SUPPRESS, BooleanOptionalAction
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ..system.command import Parser
from .kinds import Several, Switch

# What a resumed run does with an option: it keeps what the weights or the order of the batches depend on. What belongs
# to the machine or the moment is in no checkpoint.
FIXED, FREE, MOMENTARY = "fixed", "may change", "not kept"


class Option(NamedTuple):
    """A row. `written` is "--hidden N", as the user writes it, or "text TEXT" for an argument without a flag."""

    written: str
    kind: Callable | Switch
    default: object
    help: str
    resumed: str

    @property
    def name(self) -> str:
        """The name in Python: "batch_size"."""
        return self.written.split()[0].removeprefix("--").replace("-", "_")

    @property
    def metavar(self) -> str:
        """What stands for the value: "N", or "{stop,rollback}" for names to choose from; "" for a switch."""
        names = getattr(self.kind, "names", ())
        return self.written.partition(" ")[2] or (f"{{{','.join(names)}}}" if names else "")

    @property
    def explained(self) -> str:
        """The help with the default; where that is None, the help itself may say what comes instead: (default: X)."""
        if self.default in (None, "") or isinstance(self.kind, Switch):
            return self.help
        shown = " ".join(self.default) if isinstance(self.default, list) else self.default
        return f"{self.help} (default {f'{shown:g}' if isinstance(shown, float) else shown})"

    def add_to(self, parser) -> None:
        """Adds the option to a parser or to a group of one."""
        if isinstance(self.kind, Switch):
            # What a preset or a checkpoint can have switched on needs a --no- form to switch it off.
            how = {"action": "store_true" if self.resumed == MOMENTARY else BooleanOptionalAction}
        else:
            how = {"type": self.kind, "metavar": self.metavar}
            if isinstance(self.kind, Several) and not self.kind.commas:
                how["nargs"] = "+" if self.written.startswith("--") else "*"
        parser.add_argument(self.written.split()[0], default=SUPPRESS, help=self.explained, **how)


# How the rows of a table begin.
fixed, free, momentary = (partial(Option, resumed=resumed) for resumed in (FIXED, FREE, MOMENTARY))


def make_parser(prog: str, description: str | None, groups: dict[str, list[Option]]) -> Parser:
    """A parser of the rows of all groups, {title: rows}. An option that is not given is absent from its result."""
    parser = Parser(prog=prog, description=description)
    for title, rows in groups.items():
        group = parser.add_argument_group(title) if title else parser
        for row in rows:
            row.add_to(group)
    return parser


def flag(name: str) -> str:
    """How an option is written on the command line: "--batch-size" for "batch_size"."""
    return "--" + name.replace("_", "-")
