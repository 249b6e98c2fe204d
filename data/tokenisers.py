"""How a text is cut into words: the tokenisers by name."""

import re
from collections.abc import Callable
from typing import NamedTuple

from .unicode_words import sure_end, words


class Tokeniser(NamedTuple):
    """`split(piece)` gives the symbols of a string, `end(piece)` the last place where one surely ends, or else 0."""

    about: str
    split: Callable[[str], list[str]]
    end: Callable[[str], int]


def before_space(piece: str) -> int:
    """Where the last run of white space begins; 0 if there is none."""
    if piece[-1:].isspace():
        return len(piece.rstrip())
    parts = piece.rsplit(None, 1)
    return len(parts[0]) if len(parts) == 2 else 0


TOKENISERS = {
    "unicode": Tokeniser(
        "words with their marks, punctuation marks, runs of white space; each character of Chinese, Thai and the like",
        words,
        sure_end,
    ),
    "spaces": Tokeniser(
        "what stands between white space, and line ends, as in Penn Treebank; other white space is not kept",
        re.compile(r"\n|[^\s]+").findall,
        before_space,
    ),
    "wordpunct": Tokeniser(
        r"the rule of older models: \w+ with apostrophes inside, runs of white space, and each other character",
        re.compile(r"<unk>|\w+(?:['’]\w+)*|[^\w\s]|\s+").findall,
        before_space,
    ),
}
