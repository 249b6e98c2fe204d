"""From keyword arguments to options: the names, kinds and messages of the command line."""

import os
from argparse import ArgumentTypeError
from collections.abc import Iterable

from ..options.kinds import Several, Switch
from ..options.option import Option, flag
from ..system.command import did_you_mean
from ..system.errors import OptionError


def as_options(rows: Iterable[Option], keywords: dict) -> dict:
    """What the command line would make of these keywords: {"minutes": 2} is --minutes 2, and None is left out.

    Raises OptionError, with the message of the command line, for a name or a value that it does not take.
    """
    known = {row.name: row for row in rows}
    for name in keywords:
        if name not in known:
            raise OptionError(f"there is no option {name}{did_you_mean(name, known)}")
    return {name: read(known[name], value) for name, value in keywords.items() if value is not None}


def read(row: Option, value: object) -> object:
    """The value of one option; numbers may be NumPy's, and texts may be paths."""
    try:
        if isinstance(row.kind, Switch):
            if value not in (False, True):
                raise ArgumentTypeError(f"{value!r} is not True or False")
            return bool(value)
        if not isinstance(row.kind, Several):
            return row.kind(as_text(value))
        if isinstance(value, list | tuple):
            values = [row.kind.kind(as_text(v)) for v in value]
        else:
            values = row.kind(as_text(value))
            values = values if isinstance(values, list) else [values]
        if not values:
            raise ArgumentTypeError("an empty list; leave the option out, or give something")
        return values
    except ArgumentTypeError as error:
        raise OptionError(f"{flag(row.name) if row.written.startswith('--') else row.name}: {error}") from None


def as_text(value: object) -> str:
    """How the value would stand on the command line."""
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)
