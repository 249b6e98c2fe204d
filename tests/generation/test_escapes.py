"""Escapes in the texts of a command line."""

import pytest

from minrnn.generation.escapes import unescaped
from minrnn.system.errors import OptionError


@pytest.mark.parametrize(
    "text, expected",
    [
        (r"a\nb\tc\rd", "a\nb\tc\rd"),
        ("a\nb", "a\nb"),
        (r"\\n", r"\n"),
        (r"\\\n", "\\\n"),
        (r"\section\q \ ", r"\section\q \ "),
        ("\\", "\\"),
        (r"\x41\xe9\xE9", "Aéé"),
        (r"\u20ac\u20AC\U0001F600", "€€😀"),
        (r"\ud83d\ude00", "😀"),
        (r"\x4\u12", r"\x4\u12"),
        (r"a\_b", r"a\_b"),
    ],
)
def test_an_escape_stands_for_a_character_and_all_else_for_itself(text, expected):
    assert unescaped(text) == expected


def test_a_byte_level_model_gets_bytes():
    assert unescaped(r"\x41\xff\xC3\xA9", raw=True).encode("utf-8", "surrogateescape") == b"A\xff\xc3\xa9"


@pytest.mark.parametrize("text", [r"\ud83d", r"\udc80 a", r"\U00110000", r"\U0000D800"])
def test_a_number_that_is_no_character_is_refused(text):
    with pytest.raises(OptionError, match="no character"):
        unescaped(text)
