"""A user's own recipe: a TOML file with a table [options], read without trusting it."""

import tomllib
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

from ...system.command import did_you_mean
from ...system.errors import OptionError
from ..kinds import Cell, Number, Several, Switch
from ..option import MOMENTARY
from ..saved import short
from ..table import AVERAGING, DEFAULTS, HELD_OUT, LENGTHS, ROWS, belongs

TEXTS = ("title", "source", "published", "corpus", "notes")
LARGEST = 1 << 20
# What a recipe cannot have, beside what belongs to the moment.
ELSEWHERE = ("preset", "init_from")


def read(path: Path) -> dict:
    """The recipe in this file, as `load` returns it. Raises OptionError, with the file and the option, if it is bad."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise OptionError(f"{path} is not a recipe: expected a TOML file of at most a megabyte")
        recipe = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise OptionError(f"{path} cannot be read: {error.strerror}; check its permissions") from None
    except OptionError:
        raise
    except (ValueError, RecursionError) as error:
        raise OptionError(f"{path} is not TOML: {error}; write lines such as hidden = 256 below [options]") from None
    for name, value in recipe.items():
        if name not in (*TEXTS, "options"):
            cure = "write it below [options]" if option(name) in ROWS else f"expected {', '.join(TEXTS)}, [options]"
            raise OptionError(f"{path}: {name} is unknown{did_you_mean(name, (*TEXTS, 'options'))}; {cure}")
        if type(value) is not (dict if name == "options" else str):
            raise OptionError(f"{path}: {name} is not a {'table: write [options]' if name == 'options' else 'text'}")
    if "options" not in recipe:
        raise OptionError(f"{path} has no options; write lines such as hidden = 256 below [options]")
    try:
        return recipe | {"options": checked(recipe["options"])}
    except OptionError as error:
        raise OptionError(f"{path}: {error}") from None


def option(key: str) -> str:
    """The name of an option that may be written as on the command line: "batch_size" for "batch-size"."""
    return key.replace("-", "_")


def checked(table: dict) -> dict:
    """The options of a table by their names. Raises OptionError where the command line would refuse them."""
    options = {}
    for key, value in table.items():
        name = option(key)
        if name not in ROWS:
            raise OptionError(f"there is no option {key}{did_you_mean(name, ROWS)}")
        row = ROWS[name]
        if row.resumed == MOMENTARY or name in ELSEWHERE:
            raise OptionError(f"{key} belongs to the command line; leave it out")
        if name in options:
            raise OptionError(f"{key} is given twice")
        if not row.kind.allows(value):
            raise OptionError(f"{key} = {fault(row.kind, value)}")
        options[name] = row.kind.type(value) if isinstance(row.kind, Number) else value
    for group in (LENGTHS, HELD_OUT, AVERAGING):
        chosen = [name for name in group if options.get(name)]
        if len(chosen) > 1:
            raise OptionError(f"{' and '.join(chosen)} contradict each other; keep one")
        if chosen and group is HELD_OUT:
            options |= {name: 0 for name in group if name not in chosen}
    whole = DEFAULTS | options
    for name in options:
        for choice, owners in belongs(name).items():
            if whole[choice] not in owners and options[name] is not False:
                raise OptionError(f"{name} belongs to {choice} {' or '.join(owners)}, not to {whole[choice]}")
    return options


def fault(kind: Callable | Switch, value: object) -> str:
    """The value, and what was expected in its place."""
    if isinstance(kind, Number | Switch):
        return f"{short(value)} is not {kind.expected if isinstance(kind, Number) else 'true or false'}"
    if isinstance(kind, Several):
        wrong = [v for v in value if not kind.kind.allows(v)] if type(value) is list else []
        return fault(kind.kind, wrong[0]) if wrong else f"{short(value)} is not a list of one or more texts: [...]"
    if type(value) is not str:
        return f"{short(value)} is not a text in quotes"
    if isinstance(kind, Cell) and ":" in value:
        return f"{short(value)}: a recipe runs no code of yours; leave it out, and name the cell by --cell"
    try:
        kind(value)
    except ArgumentTypeError as error:
        return str(error)
    return f"{short(value)} is not a text that can be used"
