"""The vocabulary of a model that comes from elsewhere: out of a list of its symbols, or learned from a text."""

import json
from pathlib import Path

from data import LEVELS, Text, Vocabulary, vocabulary_from
from data.words import AUTO

from ..system.errors import OptionError
from .strict_json import parsed

MAX_SIZE = 64 << 20


def in_json(vocabulary: Vocabulary) -> str:
    """The vocabulary as JSON: what `vocabulary_from_json` reads."""
    return json.dumps(vocabulary.as_dict())


def vocabulary_from_json(text: str | bytes, level: str, **folding: bool | str) -> Vocabulary:
    """The vocabulary of a list of symbols, or of what `in_json` wrote, which says its level itself.

    Raises ValueError if it cannot be one.
    """
    saved = parsed(text)
    if folding.get("tokeniser") == AUTO:  # It looks at a text, and there is none.
        folding["tokeniser"] = "unicode"
    if type(saved) is list:
        saved = {"level": level, "symbols": saved, **folding}
    if type(saved) is not dict or saved.get("level") not in list(LEVELS):
        raise ValueError("it is neither a list of symbols nor a vocabulary that minrnn wrote")
    LEVELS[saved["level"]].check(saved)
    return vocabulary_from(saved)


def vocabulary_at(path: str, level: str, encoding: str, size: int | None, **folding: bool | str) -> Vocabulary:
    """The vocabulary of a JSON file, or of a text as train.py would learn it. Raises OptionError or TextError."""
    if Path(path).suffix != ".json":
        return LEVELS[level].learn(Text([path], encoding, LEVELS[level].raw), size, **folding)
    try:
        if Path(path).stat().st_size > MAX_SIZE:
            raise ValueError(f"it has more than {MAX_SIZE:,} bytes")
        return vocabulary_from_json(Path(path).read_bytes(), level, **folding)
    except (ValueError, OSError) as error:
        raise OptionError(f"--vocabulary {path}: {getattr(error, 'strerror', None) or error}") from None
