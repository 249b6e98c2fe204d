"""Python's regular expressions in JavaScript: how a page cuts a prompt into words, by the pattern of the vocabulary."""

import re

from data.tokenisers import TOKENISERS
from data.unicode_words import patterns

# What Python counts as part of a word, and as white space: JavaScript's own \w and \s are other characters.
CLASSES = {
    r"\w": r"\p{L}\p{N}_",
    r"\s": r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
}


def word_pattern(tokeniser: str) -> str:
    """The pattern whose matches are the symbols of a text, for a RegExp with the flags g and u."""
    if tokeniser == "unicode":
        return in_javascript(patterns()[0].pattern)
    return in_javascript(TOKENISERS[tokeniser].split.__self__.pattern)  # the method findall of a pattern


def in_javascript(pattern: str) -> str:
    """A pattern of Python, with its classes of characters spelt out."""
    # All of \w but these: a set cannot say that in JavaScript.
    pattern = re.sub(r"\[\^\\W(.*?)\]", r"(?:(?![\1])\\w)", pattern).replace(r"\S", r"[^\s]")
    translated, inside = [], False
    for token in re.findall(r"\\.|.", pattern, re.DOTALL):
        if token in ("[", "]"):
            inside = token == "["
        if token in CLASSES:
            token = CLASSES[token] if inside else f"[{CLASSES[token]}]"
        translated.append(token)
    return "".join(translated)
