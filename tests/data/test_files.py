"""Texts from gzip files and from standard input are read like others; damaged ones are refused in one line."""

import gzip
import io
import sys

import pytest
from texts import in_pieces

from data import LEVELS, ByteVocabulary, Text, TextError, WordVocabulary
from data.files import STDIN, standard_input

CONTENT = "Où ça ? हिन्दी भाषा\r\n" * 200
WHOLE = CONTENT.replace("\r\n", "\n")


def all_of(text):
    return "".join(piece for path in text.files for piece in text.pieces(path))


def refusal(*sources, **how):
    with pytest.raises(TextError) as caught:
        all_of(Text(map(str, sources), **how))
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.fixture
def piped(monkeypatch):
    """piped(content): these bytes come from standard input; without a call, it is a terminal."""
    standard_input.cache_clear()

    def pipe(content):
        stream = io.TextIOWrapper(io.BytesIO(content))
        stream.isatty = lambda: content is None
        monkeypatch.setattr(sys, "stdin", stream)

    pipe(None)
    yield pipe
    standard_input.cache_clear()


# gzip


@pytest.mark.parametrize("name", ["t.txt.gz", "T.GZ"])
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_gzip_file_is_the_text_in_it(name, size, tmp_path):
    (tmp_path / name).write_bytes(gzip.compress(CONTENT.encode()))
    text = Text([str(tmp_path / name)])
    assert in_pieces(size, all_of, text) == WHOLE
    assert text.characters == len(WHOLE)
    ids, _ = in_pieces(size, ByteVocabulary().encode_text, Text([str(tmp_path / name)], raw=True))
    assert ids.tobytes() == CONTENT.encode()


def test_a_gzip_file_may_have_several_members_and_any_encoding(tmp_path):
    path = tmp_path / "t.gz"
    path.write_bytes(gzip.compress("été ".encode("cp1252")) * 3)
    assert all_of(Text([str(path)], "cp1252")) == "été " * 3
    path.write_bytes(gzip.compress("été".encode("utf-16")))
    assert all_of(Text([str(path)])) == "été"
    path.write_bytes(gzip.compress(b""))
    assert all_of(Text([str(path)])) == ""


@pytest.mark.parametrize("raw", [False, True], ids=["text", "bytes"])
@pytest.mark.parametrize("name, damage", [
    ("cut short", lambda whole: whole[: len(whole) // 2]),
    ("only a header", lambda whole: whole[:10]),
    ("a wrong byte", lambda whole: whole[:40] + bytes([whole[40] ^ 255]) + whole[41:]),
    ("a wrong checksum", lambda whole: whole[:-8] + b"\1" + whole[-7:]),
    ("no gzip at all", lambda whole: CONTENT.encode()),
    ("something behind it", lambda whole: whole + b"more"),
])  # fmt: skip
def test_a_damaged_gzip_file_is_refused(name, damage, raw, tmp_path):
    path = tmp_path / "t.gz"
    path.write_bytes(damage(gzip.compress("".join(map(str, range(9000))).encode())))
    with pytest.raises(TextError) as caught:
        LEVELS["byte" if raw else "char"].learn(Text([str(path)], raw=raw)).encode_text(Text([str(path)], raw=raw))
    message = str(caught.value)
    assert message.startswith(f"{path} cannot be read: it ") and "gzip -dc" in message and "\n" not in message


def test_what_is_no_text_inside_a_gzip_file_is_refused_by_its_place(tmp_path):
    (tmp_path / "t.gz").write_bytes(gzip.compress(b"abc\xe9def"))
    assert "byte 0xE9 at offset 3" in refusal(tmp_path / "t.gz")


# Standard input


def test_a_dash_is_standard_input_and_can_be_read_again(piped, tmp_path, monkeypatch):
    piped(CONTENT.encode())
    text = Text(["-"])
    assert text.files == [STDIN] and all_of(text) == WHOLE == all_of(text) == all_of(Text(["-"]))
    assert WordVocabulary.learn(text).tokeniser == "unicode"


def test_a_dash_has_its_place_among_files_and_is_read_once(piped, tmp_path, monkeypatch):
    piped(b"in")
    monkeypatch.chdir(tmp_path)
    for name in "ab-":
        (tmp_path / name).write_text(name)
    assert all_of(Text(["a", "-", "b", "-"])) == "ainb"
    assert all_of(Text(["./-"])) == "-"


def test_standard_input_may_be_compressed_or_in_another_encoding(piped):
    piped(gzip.compress(CONTENT.encode()))
    assert all_of(Text(["-"])) == WHOLE
    standard_input.cache_clear()
    piped("été".encode("latin-1"))
    assert "standard input is not UTF-8: byte 0xE9 at offset 0" in refusal("-")
    assert all_of(Text(["-"], "latin-1")) == "été"


def test_a_terminal_or_a_closed_standard_input_is_refused(piped, monkeypatch):
    assert "- is standard input" in refusal("-") and "pipe one in" in refusal("-")
    monkeypatch.setattr(sys, "stdin", None)
    assert "- is standard input" in refusal("-")
