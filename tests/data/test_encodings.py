"""No byte of a text is lost silently: what cannot be decoded is refused by its place, with the cures."""

import codecs
import shlex
import subprocess

import pytest
from texts import in_pieces, text_of

import data.faults
from data import LEVELS, Text, TextError

FRENCH = "Où est l’été ? Ça, là-bas : cœur, naïf, 10 €.\n" * 30
ENCODINGS = {
    "latin-1": "Où ça ? Là-bas, près du café.\n" * 30,
    "cp1252": FRENCH,
    "cp1251": "Съешь же ещё этих мягких булок.\n" * 30,
    "koi8-r": "Съешь же ещё этих мягких булок.\n" * 30,
    "shift_jis": "色は匂へど散りぬるを。\n" * 30,
    "euc-jp": "色は匂へど散りぬるを。\n" * 30,
    "iso2022_jp": "色は匂へど散りぬるを。\n" * 30,
    "gb18030": "天地玄黄，宇宙洪荒。𠀀\n" * 30,
    "big5": "天地玄黃，宇宙洪荒。\n" * 30,
    "euc-kr": "다람쥐 헌 쳇바퀴에 타고파.\n" * 30,
    "utf-16-le": FRENCH,
    "utf-16-be": FRENCH,
    "utf-8": FRENCH,
    "utf-7": FRENCH,
}


def read(name, encoding="utf-8"):
    text = Text([str(name)], encoding)
    return "".join(piece for path in text.files for piece in text.pieces(path))


def refusal(path, encoding="utf-8"):
    """The message with which this file is refused, checked to be one line that names it."""
    with pytest.raises(TextError) as caught:
        read(path, encoding)
    message = str(caught.value)
    assert len(message.splitlines()) == 1 and message.startswith(f"{path} is ") and "--level byte" in message
    return message


@pytest.mark.parametrize("encoding, content", ENCODINGS.items(), ids=ENCODINGS)
@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_a_text_in_any_encoding_comes_back_exactly(encoding, content, size, tmp_path):
    (tmp_path / "t.txt").write_bytes(content.encode(encoding))
    assert in_pieces(size, read, tmp_path / "t.txt", encoding) == content


def test_a_byte_order_mark_counts_more_than_the_name_of_an_encoding(tmp_path):
    (tmp_path / "t.txt").write_bytes(codecs.BOM_UTF8 + FRENCH.encode())
    assert read(tmp_path / "t.txt", "latin-1") == FRENCH
    (tmp_path / "t.txt").write_bytes(FRENCH.encode("utf-16"))
    assert read(tmp_path / "t.txt", "latin-1") == FRENCH


@pytest.mark.parametrize("size", [1, 2, 5, 1 << 20])
@pytest.mark.parametrize(
    "bad, place",
    [
        (b"\xe9t\xe9", "byte 0xE9 at offset 2,001"),
        (b"\xff", "byte 0xFF at offset 2,001"),
        (b"\x80", "byte 0x80 at offset 2,001"),
        (b"\xc0\xaf", "byte 0xC0 at offset 2,001"),
        (b"\xed\xa0\xbd\xed\xb8\x80", "byte 0xED at offset 2,001"),
        (b"\xe2\x82", "byte 0xE2 at offset 2,001"),
        (b"a\0", "NUL byte at offset 2,002"),
    ],
    ids=["Latin-1", "no UTF-8 at all", "a continuation", "overlong", "surrogates", "cut short", "NUL"],
)
@pytest.mark.parametrize("after", [b" and more\n" * 50, b""], ids=["inside", "at the end"])
def test_what_is_not_utf8_is_refused_by_its_place(bad, place, after, size, tmp_path, monkeypatch):
    monkeypatch.setattr(data.faults, "PIECE", size)
    (tmp_path / "t.txt").write_bytes("é".encode() * 1000 + b"x" + bad + after)
    message = in_pieces(size, refusal, tmp_path / "t.txt")
    assert place in message and "--encoding" in message


def test_damaged_utf8_is_not_taken_for_latin1(tmp_path):
    (tmp_path / "t.txt").write_bytes(FRENCH.encode() + b"\x93" + FRENCH.encode())
    message = refusal(tmp_path / "t.txt")
    assert "byte 0x93 at offset" in message and "iconv -c -f utf-8 -t utf-8" in message and "latin" not in message
    text = Text([str(tmp_path / "t.txt")], "latin-1")
    list(text.pieces(text.files[0]))
    assert "looks like UTF-8" in text.warnings[0]


def test_utf16_without_the_mark_that_its_name_asks_for_is_refused_with_the_names_that_do(tmp_path):
    (tmp_path / "t.txt").write_bytes(FRENCH.encode("utf-16-be"))
    assert "--encoding utf-16-le or utf-16-be" in refusal(tmp_path / "t.txt", "utf-16")


def test_one_bad_byte_in_a_large_text_is_not_lost(tmp_path):
    (tmp_path / "t.txt").write_bytes(b"all is well\n" * 300_000 + b"\x93" + b"all is well\n" * 9)
    assert "byte 0x93 at offset 3,600,000" in refusal(tmp_path / "t.txt")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16", "utf-32"])
@pytest.mark.parametrize("cut", [1, 3])
def test_broken_wide_text_is_refused(encoding, cut, tmp_path):
    content = (codecs.BOM_UTF16_LE if encoding == "utf-16-le" else b"") + "long enough \U0001f600".encode(encoding)
    (tmp_path / "t.txt").write_bytes(content[:-cut])
    assert "not UTF-16" in refusal(tmp_path / "t.txt") or encoding == "utf-32"


def test_utf16_without_a_mark_is_refused_with_the_option_that_reads_it(tmp_path):
    (tmp_path / "t.txt").write_bytes("no mark here".encode("utf-16-le"))
    assert "--encoding utf-16-le" in refusal(tmp_path / "t.txt")
    assert read(tmp_path / "t.txt", "utf-16-le") == "no mark here"


def test_another_encoding_that_does_not_fit_is_refused_by_its_place(tmp_path):
    (tmp_path / "t.txt").write_bytes(b"fine\x81")
    message = refusal(tmp_path / "t.txt", "cp1252")
    assert "not CP1252" in message and "byte 0x81 at offset 4" in message and "another --encoding" in message
    assert "not ASCII: byte 0x81" in refusal(tmp_path / "t.txt", "ascii")


def test_a_nul_is_refused_in_any_encoding(tmp_path):
    (tmp_path / "t.txt").write_bytes("a\0b".encode("utf-16"))
    assert "NUL character" in refusal(tmp_path / "t.txt")
    (tmp_path / "t.txt").write_bytes(b"a\0b")
    assert "NUL byte at offset 1" in refusal(tmp_path / "t.txt", "latin-1")


def test_a_text_that_looks_like_utf8_is_not_read_as_something_else_in_silence(tmp_path):
    (tmp_path / "t.txt").write_bytes(FRENCH.encode())
    text = Text([str(tmp_path / "t.txt")], "latin-1")
    list(text.pieces(text.files[0]))
    assert any("UTF-8" in line and "latin-1" in line for line in text.warnings)


def test_the_command_of_the_cure_converts_the_text(tmp_path):
    (tmp_path / "t.txt").write_bytes(ENCODINGS["latin-1"].encode("latin-1"))
    command = refusal(tmp_path / "t.txt").partition("convert it by: ")[2].partition(";")[0]
    try:
        result = subprocess.run(shlex.split(command), input=(tmp_path / "t.txt").read_bytes(), capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs iconv")
    assert result.stdout.decode() == ENCODINGS["latin-1"]


@pytest.mark.parametrize("level", LEVELS)
def test_bytes_are_never_decoded(level):
    content = "é".encode("latin-1") * 50 + b"\0"
    if level == "byte":
        assert LEVELS[level]().encode_text(text_of(content))[0].tobytes() == content
    else:
        with pytest.raises(TextError):
            LEVELS[level].learn(text_of(content))
