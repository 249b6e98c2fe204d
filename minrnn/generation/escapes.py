r"""Escapes in the texts of a command line: \n, \r, \t, \\, \xNN, \uNNNN and \UNNNNNNNN.

Every other backslash stands for itself, as in \section.
"""

import re

from ..system.errors import OptionError

NAMED = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}
HEX = "[0-9A-Fa-f]"
# A pair of surrogates, as JSON writes the characters beyond U+FFFF, is one character.
PAIR = rf"u([dD][89abAB]{HEX}{{2}})\\u([dD][c-fC-F]{HEX}{{2}})"
ESCAPE = re.compile(rf"\\(?:([\\nrt])|x({HEX}{{2}})|{PAIR}|u({HEX}{{4}})|U({HEX}{{8}}))")


def unescaped(text: str, raw: bool = False) -> str:
    r"""The text with what its escapes stand for. \xNN is the character U+00NN.

    With `raw`, it is the byte NN: a surrogate, as Python reads the bytes of a command line that are not UTF-8. Raises
    OptionError for a number that is no character.
    """
    return ESCAPE.sub(lambda match: character(match, raw), text)


def character(match: re.Match, raw: bool) -> str:
    """What one escape stands for."""
    name, byte, high, low, short, long = match.groups()
    if name:
        return NAMED[name]
    if byte:
        k = int(byte, 16)
        return chr(0xDC00 + k if raw and k > 127 else k)
    if high:
        return chr(0x10000 + (int(high, 16) - 0xD800) * 0x400 + int(low, 16) - 0xDC00)
    k = int(short or long, 16)
    if k > 0x10FFFF or 0xD800 <= k < 0xE000:
        raise OptionError(rf"{match[0]} is no character; give one from \u0000 to \U0010FFFF, or write \\ for a \ ")
    return chr(k)
