"""Symbols as they can be shown: what has no shape of its own gets one, and nothing can disturb the page."""

import unicodedata

VISIBLE = {"\n": "↵\n", "\t": "⇥\t"}
# What Unicode calls marks, letters or signs, and has no ink: joiners, vowels that are not written, fillers, variation
# selectors.
INKLESS = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(k) for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for k in range(first, last + 1)
}


def raw(vocabulary, k):
    """Symbol k as the text it stands for. A byte of no ASCII stands for a part of a character only: U+FFFD."""
    return vocabulary.decode([k])


def readable(vocabulary, k):
    """Symbol k for the eye: line ends and tabs as signs, other controls and bytes of no ASCII as \\x1B and \\xC3."""
    return "".join(map(visible, vocabulary.label(k)))


def visible(c):
    """One character, or a sign for one that could not be seen or would turn the line around."""
    if c in VISIBLE:
        return VISIBLE[c]
    # isprintable: neither control nor format characters, nor surrogates, nor any space but the common one.
    if c.isprintable() and c not in INKLESS:
        return "◌" + c if unicodedata.category(c).startswith("M") else c
    return f"\\x{ord(c):02X}" if c.isascii() else f"\\u{{{ord(c):X}}}"
