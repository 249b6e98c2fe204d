"""An equation of a header, and all that a header says."""

import re
from dataclasses import dataclass, field

from ..system.errors import OptionError
from .grammar import Node


class HeaderError(OptionError):
    """A header that cannot be read; the message says which line, and why."""


@dataclass
class Equation:
    """target op value, of number (k) or (k'); `text` is what stands in the header, on `line` of the file."""

    number: str
    backward: bool
    target: Node
    op: str
    value: Node
    text: str
    line: int
    loop: tuple[str, tuple[str, ...]] | None = None

    @property
    def total(self) -> bool:
        """Whether it is a sum over all steps: sum_t v, sum v, or v^T w."""
        return self.summed is not self.value or is_outer(self.value)

    @property
    def summed(self) -> Node:
        """What is summed over all steps."""
        return self.value.args[1] if self.value.op == "sum" and self.value.args[0] in ("t", "") else self.value

    @property
    def indexed(self) -> bool:
        """Whether it stands for several, one for each k."""
        name, index = self.target.args
        return "k" in name.split("_")[1:] or (index or "").startswith("k")


def is_outer(node: Node) -> bool:
    """Whether it is a product v^T w, which has summed over the rows."""
    return node.op == "*" and node.args[0].op == "T"


@dataclass
class Header:
    """What a header says. `blocks` has the (letters, widths) of a name; `rounds` the letter of the loop's last k."""

    file: str
    text: str
    equations: list[Equation] = field(default_factory=list)
    blocks: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    rounds: str | None = None

    def select(self, backward: bool) -> list[Equation]:
        return [e for e in self.equations if e.backward == backward]

    def shared(self, value: str, parameter: str) -> bool:
        """Whether a parameter may have the blocks of a value: it is added there, or the header names a block of it."""
        sums = [e.value.text for e in self.equations if e.target.args[0] == value]
        return parameter in mentioned(" ".join(sums)) or bool(re.search(rf"\b{parameter}_\w", self.text))


def mentioned(text: str) -> set[str]:
    """The names in an expression."""
    return set(re.findall(r"[A-Za-z]\w*", text))
