"""The texts that a user gives sample.py, as a model reads them: prompts from several places, and where to stop."""

import sys
import unicodedata
from argparse import Namespace
from collections.abc import Callable, Iterator

from data import Text, Vocabulary
from data.unknown import FORMS, can_come

from ..system.errors import OptionError
from .escapes import unescaped

WITH_ESCAPES = ("prime", "stop", "stop_after", "fill", "probability")


def resolve(o: Namespace, vocabulary: Vocabulary) -> None:
    """Puts what the escapes in the options of a command line stand for in their place, and reads --prime-file."""
    for name in WITH_ESCAPES:
        if text := getattr(o, name):
            setattr(o, name, unescaped(text, vocabulary.raw))
    if o.prime_file:
        text = Text([o.prime_file], o.encoding, vocabulary.raw)
        pieces = [piece for path in text.files for piece in (text.raw_pieces if vocabulary.raw else text.pieces)(path)]
        o.prime = as_string(b"".join(pieces)) if vocabulary.raw else "".join(pieces)


def typed(vocabulary: Vocabulary) -> Iterator[str]:
    """Yields the prompts that a person types, a line each, until there are no more."""
    while True:
        print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            print(file=sys.stderr)
            return
        yield unescaped(line.removesuffix("\n"), vocabulary.raw)


def as_bytes(text: str) -> bytes:
    """A string in UTF-8; the surrogates in it are bytes that were not."""
    return text.encode("utf-8", "surrogateescape")


def as_string(text: bytes) -> str:
    """The string of which `as_bytes` makes these bytes."""
    return text.decode("utf-8", "surrogateescape")


def check_stops(o: Namespace, vocabulary: Vocabulary, note: Callable[[str], object]) -> None:
    """Gives --stop and --stop-after the form in which the model writes them; OptionError if they can never come."""
    for name in ("stop", "stop_after"):
        if text := getattr(o, name):
            setattr(o, name, stop_text(text, "--" + name.replace("_", "-"), vocabulary, o.allow_unknown, note))


def stop_text(text: str, flag: str, vocabulary: Vocabulary, with_unk: bool, note: Callable[[str], object]) -> str:
    """The text as the model writes it: in lower case, or in another Unicode form, if it knows only that."""
    if vocabulary.lowercase or vocabulary.letters:
        text = text.lower()
    if vocabulary.raw:
        seen = vocabulary.starters()
        symbols = [bytes([k]) for k in (range(256) if seen is None else seen)]
        if can_come(as_bytes(text), symbols):
            return text
    else:
        skipped = None if with_unk else vocabulary.unknown
        symbols = [vocabulary.join([s]) for k, s in enumerate(vocabulary.symbols) if k != skipped]
        for form in (None, *FORMS):
            written = unicodedata.normalize(form, text) if form else text
            if can_come(written, symbols):
                if form:
                    note(f"{flag} is read in the Unicode form {form}, in which the model writes it")
                return written
    parts = [bytes([k]) for k in as_bytes(text)] if vocabulary.raw else text
    unknown = [part for part in dict.fromkeys(parts) if not can_come(part, symbols)]
    why = f"the model never writes {', '.join(map(repr, unknown[:20]))}" if unknown else "no row of its symbols has it"
    raise OptionError(
        f"{flag} {text!r:.60} can never come: {why}; leave it out, or give a text that the model can write"
    )
