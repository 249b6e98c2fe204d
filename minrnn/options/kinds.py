"""Kinds of value. Each reads an argument of the command line, and checks a value that a checkpoint has.

kind(text)           the value; raises ArgumentTypeError, which says what was given and what was expected
kind.allows(value)   whether this is a value that the kind can have
"""

import math
import os
from argparse import ArgumentTypeError
from collections.abc import Iterable

from ..system.command import did_you_mean
from ..system.errors import OptionError

NOT_OF_TEXT = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
LONGEST = 1 << 13  # Characters of a text in a checkpoint: more than any path has.


class Number:
    """A number from low to high; `expected` tells the user so. Where a float is wanted, an int will do."""

    def __init__(self, type: type, low: float, high: float, expected: str):
        self.type, self.low, self.high, self.expected = type, low, high, expected

    def __call__(self, text: str) -> int | float:
        try:
            value = self.type(text)
        except ValueError:
            value = math.nan
        if not self.low <= value <= self.high:
            raise ArgumentTypeError(f"{text!r} is not {self.expected}")
        return value

    def allows(self, value: object) -> bool:
        return type(value) in (int, self.type) and self.low <= value <= self.high


class Switch:
    """On or off. Its flag takes no text."""

    def allows(self, value: object) -> bool:
        return type(value) is bool


class Choice:
    """One of the names, which may be those of a registry."""

    def __init__(self, names: Iterable[str]):
        self.names = names

    def __call__(self, text: str) -> str:
        if text not in self.names:
            raise ArgumentTypeError(f"{text!r} is not one of {', '.join(self.names)}{did_you_mean(text, self.names)}")
        return text

    def allows(self, value: object) -> bool:
        return type(value) is str and value in self.names


class Cell(Choice):
    """The name of a cell in CELLS, or FILE.py:Class, which is loaded and gets a name there (see own_cell/names.py)."""

    def __init__(self, cells: Iterable[str]):
        self.cells = cells

    @property
    def names(self) -> list[str]:
        """The names that need no file."""
        return [name for name in self.cells if "@" not in name]

    def __call__(self, text: str) -> str:
        if ".py:" in text:
            return text if "@" in text and text in self.cells else OwnCell()(text)
        try:
            return super().__call__(text)
        except ArgumentTypeError as error:
            cure = f"name its class, too: {text}:Class" if text.endswith(".py") else "or FILE.py:Class for your own"
            raise ArgumentTypeError(f"{error}; {cure}") from None

    def allows(self, value: object) -> bool:
        return type(value) is str and value in self.cells


class OwnCell:
    """FILE.py:Class, which is loaded and gets a name in CELLS."""

    def __call__(self, text: str) -> str:
        from ..own_cell.names import own_cell  # Late: --help needs no NumPy.

        try:
            return own_cell(text)
        except OptionError as error:
            raise ArgumentTypeError(error) from None


class Text:
    """A text that a program can be handed, and that is not empty."""

    def __call__(self, text: str) -> str:
        if not text:
            raise ArgumentTypeError("'' is empty; leave the option out, or give a text")
        return text

    def allows(self, value: object) -> bool:
        try:
            fits = type(value) is str and len(value) <= LONGEST and b"\0" not in os.fsencode(value)
            return fits and self(value) == value
        except (ArgumentTypeError, UnicodeEncodeError):
            return False


class Initialiser(Text):
    """The name of an initialiser with its numbers: "uniform:0.08"."""

    def __call__(self, text: str) -> str:
        from ..nn.initialisers import parse  # Late: --help needs no NumPy.

        try:
            parse(text)
        except ValueError:
            expected = "uniform:B, normal:S, truncated:S, truncated:S:MEAN, glorot, orthogonal, orthogonal:GAIN"
            raise ArgumentTypeError(f"{text!r} is not one of {expected} with B, S and GAIN above 0") from None
        return text


class Encoding(Text):
    """An encoding of text that Python knows."""

    def __call__(self, text: str) -> str:
        try:
            "a".encode(text)
        except (LookupError, ValueError):
            from encodings.aliases import aliases

            known = {name for pair in aliases.items() if pair[1] not in NOT_OF_TEXT for name in pair}
            near = did_you_mean(text.lower().replace("-", "_"), known)
            raise ArgumentTypeError(
                f"{text!r} is not an encoding, such as utf-8, utf-16, latin-1, cp1252 or gb18030{near}"
            ) from None
        return text


class Several:
    """A list of one or more values of a kind. Each is an argument, or one argument has them with commas between."""

    def __init__(self, kind: Choice | Text, commas: bool = False):
        self.kind, self.commas = kind, commas

    def __call__(self, text: str) -> list | str:
        return list(map(self.kind, text.split(","))) if self.commas else self.kind(text)

    def allows(self, value: object) -> bool:
        return type(value) is list and value != [] and all(map(self.kind.allows, value))
