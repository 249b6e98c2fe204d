"""A folder is read in spite of what else is in it; what is left out is said, with names where text is lost."""

import gzip
import os

import pytest

from data import LEVELS, Text, TextError

TEXT = "Où ça ?\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder t in the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t").mkdir()
    return tmp_path / "t"


def whole(*sources, **how):
    """(the text, its notes, its warnings)."""
    text = Text(map(str, sources), **how)
    return "".join(piece for path in text.files for piece in text.pieces(path)), text.all_notes(), text.warnings


@pytest.mark.parametrize("at", [0, 5, 8191, 8192, 9000, 1 << 20, (1 << 21) + 7])
def test_a_binary_file_is_left_out_wherever_its_first_nul_stands(at, folder):
    (folder / "a.txt").write_text(TEXT)
    (folder / "b.bin").write_bytes(b"x" * at + b"\0" + b"y" * 99)
    content, notes, warnings = whole("t")
    assert content == TEXT and not warnings
    assert notes == [f"t: binary files left out: 1 (t/b.bin: a NUL byte at offset {at:,})"]
    with pytest.raises(TextError, match=f"b.bin is binary: a NUL byte at offset {at:,}"):
        whole("t/b.bin")


def test_a_binary_file_whose_first_bytes_are_no_text_is_binary_too(folder):
    (folder / "a.txt").write_text(TEXT)
    (folder / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\xff" * 3_000_000 + b"\0")
    _, notes, warnings = whole("t")
    assert len(notes) == 1 and "binary files left out: 1" in notes[0] and not warnings


def test_files_in_another_encoding_are_left_out_with_their_names(folder):
    (folder / "a.txt").write_text(TEXT)
    for name in ("b", "c", "d", "e"):
        (folder / f"{name}.txt").write_bytes(TEXT.encode("latin-1"))
    content, _, (warning,) = whole("t")
    assert content == TEXT
    assert warning.startswith("t: non-UTF-8 files left out: 4 (t/b.txt: byte 0xF9 at offset 1, t/c.txt: ")
    assert "t/d.txt" in warning and "t/e.txt" not in warning and " and 1 more)" in warning and "--encoding" in warning
    with pytest.raises(TextError, match="not UTF-8"):
        whole("t", "t/b.txt")


def test_the_bytes_of_a_folder_need_no_encoding(folder):
    (folder / "a.txt").write_text(TEXT)
    (folder / "b.txt").write_bytes(TEXT.encode("latin-1"))
    (folder / "c.bin").write_bytes(b"\0\1")
    text = Text(["t"], raw=True)
    ids, _ = LEVELS["byte"]().encode_text(text)
    assert ids.tobytes() == TEXT.encode() + TEXT.encode("latin-1") and "binary files left out: 1" in text.notes[0]


def test_an_encoding_is_that_of_all_files_of_a_folder(folder):
    (folder / "b.txt").write_bytes(TEXT.encode("cp1252"))
    (folder / "w.txt").write_bytes(TEXT.encode("utf-16"))
    assert whole("t", encoding="cp1252")[0] == TEXT * 2


def test_files_that_cannot_be_read_are_left_out_with_their_names(folder, monkeypatch):
    (folder / "a.txt").write_text(TEXT)
    (folder / "cut.gz").write_bytes(gzip.compress(TEXT.encode() * 99)[:30])
    (folder / "secret.txt").write_text("secret")
    (folder / "broken").symlink_to("nowhere")
    (folder / "self").symlink_to("self")
    really_open = open

    def locked(path, *args, **options):
        if str(path).endswith("secret.txt"):
            raise PermissionError(13, "Permission denied", str(path))
        return really_open(path, *args, **options)

    monkeypatch.setattr("builtins.open", locked)
    content, _, (warning,) = whole("t")
    assert content == TEXT and warning.startswith("t: unreadable files left out: 4 (")
    assert "t/broken: No such file" in warning and "t/cut.gz: it ends too early" in warning
    with pytest.raises(TextError, match=r"secret\.txt cannot be read: Permission denied"):
        whole("t/secret.txt")


def test_a_folder_that_cannot_be_listed_is_said(folder, monkeypatch):
    (folder / "a.txt").write_text(TEXT)
    (folder / "closed").mkdir()
    really = os.scandir

    def closed(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return really(path)

    monkeypatch.setattr("os.scandir", closed)
    content, _, (warning,) = whole("t")
    assert content == TEXT and "t/closed: Permission denied" in warning


def test_links_to_folders_are_not_followed_round_in_circles(folder):
    (folder / "a.txt").write_text(TEXT)
    (folder / "sub").mkdir()
    (folder / "sub" / "b.txt").symlink_to("../a.txt")
    (folder / "sub" / "up").symlink_to("..")
    (folder / "here").symlink_to(".")
    content, notes, warnings = whole("t")
    assert content == TEXT and not warnings
    assert notes == ["t: linked files left out: 2 (t/here, t/sub/up)"]


def test_a_packed_text_is_read_unless_the_text_itself_is_there(folder):
    (folder / "a.txt").write_text("a")
    (folder / "a.txt.gz").write_bytes(gzip.compress(b"a"))
    (folder / "b.txt.gz").write_bytes(gzip.compress(b"b"))
    content, notes, _ = whole("t")
    assert content == "ab" and notes == ["t: packed files left out: 1 (t/a.txt.gz)"]


def test_a_folder_with_nothing_to_read_says_what_is_in_it(folder):
    with pytest.raises(TextError, match=r"^t has no text files in it; name a folder"):
        whole("t")
    (folder / "b.txt").write_bytes(TEXT.encode("latin-1"))
    (folder / "c.bin").write_bytes(b"\0")
    with pytest.raises(TextError, match=r"^t has no text files in it \(.*non-UTF-8 files left out: 1 \(t/b.txt"):
        whole("t")
