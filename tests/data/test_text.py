"""Files are found in a stable order and read as one clean text; what cannot be read is refused in one line."""

import codecs
import os

import pytest

import data.text
from data import CORPORA, Text, TextError

BINARY = b"\x7fELF\0\0\1\2" * 9


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that is also the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=[1, 2, 3, 7, None], ids=lambda size: f"piece-{size}")
def any_piece(request, monkeypatch):
    """A test that asks for this runs with tiny pieces and with pieces of the usual size."""
    if request.param:
        monkeypatch.setattr(data.text, "PIECE", request.param)


def saved(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(sources):
    return [path.name for path in Text(sources).files]


def all_of(text):
    return "".join(piece for path in text.files for piece in text.pieces(path))


def whole(*sources):
    """(the text, the notes after a pass)."""
    text = Text([str(s) for s in sources])
    return all_of(text), text.all_notes()


def refusal(*sources):
    """The message with which these sources are refused, checked to be one line."""
    with pytest.raises(TextError) as caught:
        whole(*sources)
    message = str(caught.value)
    assert message and len(message.splitlines()) == 1
    return message


# Which files


def test_files_keep_the_order_they_are_named_in(folder):
    for name in "abc":
        saved(folder / name, name.encode())
    assert whole("c", "a", "b") == ("cab", [])


def test_folders_are_read_to_the_bottom_and_sorted(folder):
    for name in ("t/b/z.txt", "t/b/a.txt", "t/c.txt", "t/a/deep/er.txt", "t/a.txt"):
        saved(folder / name, b"x")
    found = [path.as_posix() for path in Text(["t"]).files]
    assert found == ["t/a/deep/er.txt", "t/a.txt", "t/b/a.txt", "t/b/z.txt", "t/c.txt"]


def test_hidden_files_and_files_in_hidden_folders_are_left_out(folder):
    for name in ("t/a.txt", "t/.hidden", "t/.git/config", "t/b/.cache/c.txt"):
        saved(folder / name, b"x")
    assert names(["t"]) == ["a.txt"]


def test_a_folder_below_a_hidden_one_is_read_when_it_is_named(folder):
    saved(folder / ".texts" / "t" / "a.txt", b"x")
    assert names([".texts/t"]) == ["a.txt"]


def test_binary_files_of_a_folder_are_left_out_with_a_note(folder):
    for name, content in (("a.txt", b"abc"), ("b.bin", BINARY), ("c.bin", BINARY), ("d.txt", b"def")):
        saved(folder / "t" / name, content)
    text, notes = whole("t")
    assert text == "abcdef"
    assert len(notes) == 1 and "t: " in notes[0] and "binary files left out: 2" in notes[0]


def test_a_folder_keeps_its_utf16_files(folder):
    saved(folder / "t" / "a.txt", "wide".encode("utf-16"))
    assert whole("t")[0] == "wide"


def test_globs_are_sorted_and_take_files_only(folder):
    letters = "qjxbznvkdyfumhwcarlsogtpei"
    for name in (*(f"{c}.txt" for c in letters), "c.md", "sub.txt/inner.md"):
        saved(folder / name, b"x")
    assert names(["*.txt"]) == [f"{c}.txt" for c in sorted(letters)]


def test_a_double_star_reaches_all_folders(folder):
    for name in ("b/z.txt", "a/y/x.txt", "w.txt", "v.md"):
        saved(folder / name, b"x")
    assert names(["**/*.txt"]) == ["x.txt", "z.txt", "w.txt"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(folder):
    saved(folder / "a[1].txt", b"brackets")
    saved(folder / "a1.txt", b"none")
    assert whole("a[1].txt")[0] == "brackets"


@pytest.mark.parametrize("again", ["b", "./b", "[b]", "."])
def test_a_file_named_twice_is_read_once_at_its_first_place(again, folder):
    saved(folder / "a", b"a")
    saved(folder / "b", b"b")
    assert whole("b", again, "a") == ("ba", [])


def test_a_file_named_by_two_different_paths_is_read_once(folder):
    path = saved(folder / "a", b"a")
    assert whole("a", path)[0] == "a"


def test_the_python_corpus_is_large_and_the_same_every_time():
    first, second = CORPORA["python"](), CORPORA["python"]()
    assert first == second == sorted(first)
    assert Text(["python"]).files == first
    assert sum(path.stat().st_size for path in first) > 1_000_000


def test_the_python_corpus_reads_as_text_of_that_size():
    text, _ = whole("python")
    assert len(text) > 1_000_000
    assert "\r" not in text


def test_a_file_goes_before_a_corpus_of_the_same_name(folder):
    saved(folder / "python", b"mine")
    assert whole("python")[0] == "mine"


# What is in them


def test_a_byte_order_mark_is_dropped_with_a_note(folder, any_piece):
    saved(folder / "a.txt", codecs.BOM_UTF8 + "naïve\n".encode())
    assert whole("a.txt") == ("naïve\n", ["a.txt: byte order mark dropped"])


def test_only_the_mark_at_the_very_start_is_dropped(folder, any_piece):
    saved(folder / "a.txt", codecs.BOM_UTF8 + "a\ufeffb".encode())
    assert whole("a.txt")[0] == "a\ufeffb"


@pytest.mark.parametrize("ends", [b"\r\n", b"\r"], ids=["crlf", "cr"])
def test_foreign_line_ends_are_folded_with_a_note(ends, folder, any_piece):
    saved(folder / "a.txt", ends.join([b"one", b"", b"sixsix", b"three", b""]))
    assert whole("a.txt") == ("one\n\nsixsix\nthree\n", ["a.txt: line ends folded to LF"])


def test_mixed_line_ends_are_all_folded(folder, any_piece):
    saved(folder / "a.txt", b"a\r\rb\r\n\r\nc\n\rd\n\ne\r")
    assert whole("a.txt")[0] == "a\n\nb\n\nc\n\nd\n\ne\n"


def test_other_line_separators_stay_as_they_are(folder, any_piece):
    odd = "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g\n"
    saved(folder / "a.txt", odd.encode())
    assert whole("a.txt") == (odd, [])


def test_a_remark_is_made_once_for_several_files_and_passes(folder):
    for name in ("b.txt", "a.txt", "c.txt"):
        saved(folder / name, codecs.BOM_UTF8 + b"x\r\n")
    saved(folder / "d.txt", b"clean\n")
    text = Text(["b.txt", "a.txt", "c.txt", "d.txt"])
    for _ in range(2):
        assert all_of(text) == "x\n" * 3 + "clean\n"
    marks, ends = sorted(text.all_notes())
    assert "byte order mark" in marks and "line ends" in ends
    for note in (marks, ends):
        assert note.startswith("a.txt: ") and "2 more files" in note


@pytest.mark.parametrize("encoding, mark", [("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)])
def test_utf16_with_a_mark_is_read(encoding, mark, folder, any_piece):
    saved(folder / "a.txt", mark + "día \U0001f600\r\nfin\n".encode(encoding))
    text, notes = whole("a.txt")
    assert text == "día \U0001f600\nfin\n"
    assert sorted(notes) == ["a.txt: byte order mark dropped", "a.txt: line ends folded to LF"]


def test_utf32_with_a_mark_is_read(folder, any_piece):
    saved(folder / "a.txt", "día \U0001f600\r\n".encode("utf-32"))
    assert whole("a.txt")[0] == "día \U0001f600\n"


def test_a_replacement_character_of_the_file_itself_is_not_a_bad_byte(folder):
    saved(folder / "a.txt", "a\ufffdb\n".encode())
    assert whole("a.txt") == ("a\ufffdb\n", [])


@pytest.mark.parametrize("size", range(1, 12))
def test_pieces_of_any_size_make_the_same_text(size, folder, monkeypatch):
    """Line ends and characters of two to four bytes fall across every boundary there is."""
    monkeypatch.setattr(data.text, "PIECE", size)
    written = "aé€\U0001f600\r\nb\r\r\nccc\r\ndddddd\r\n\U0001f600é€\r"
    saved(folder / "a.txt", written.encode())
    text = Text(["a.txt"])
    pieces = list(text.pieces(text.files[0]))
    assert "".join(pieces) == "aé€\U0001f600\nb\n\nccc\ndddddd\n\U0001f600é€\n"
    assert max(map(len, pieces)) <= size


def test_raw_pieces_are_the_unchanged_bytes(folder, any_piece):
    everything = codecs.BOM_UTF8 + b"a\r\nb\r\xff\0" + bytes(range(256))
    saved(folder / "a", everything)
    saved(folder / "b", codecs.BOM_UTF16_LE + b"c\0")
    text = Text(["a", "b"])
    assert [b"".join(text.raw_pieces(path)) for path in text.files] == [everything, codecs.BOM_UTF16_LE + b"c\0"]


def test_raw_pieces_have_at_most_the_size_of_a_piece(folder, monkeypatch):
    monkeypatch.setattr(data.text, "PIECE", 7)
    saved(folder / "a", b"0123456789abcdef")
    text = Text(["a"])
    assert list(text.raw_pieces(text.files[0])) == [b"0123456", b"789abcd", b"ef"]


def test_an_empty_file_is_an_empty_text(folder):
    saved(folder / "a.txt", b"")
    assert whole("a.txt") == ("", [])


@pytest.mark.parametrize("read", [Text.pieces, Text.raw_pieces])
def test_characters_are_those_of_all_files_when_last_read_to_the_end(read, folder, any_piece):
    for name, content in (("a", "naïve\n"), ("b", ""), ("c", "€\n")):
        saved(folder / name, content.encode())
    text = Text(["a", "b", "c"])
    assert text.characters == 0
    for _ in range(2):
        for path in text.files:
            list(read(text, path))
        assert text.characters == 8
    next(read(text, text.files[0]))
    assert text.characters == 8
    saved(folder / "a", b"one more\n")
    list(read(text, text.files[0]))
    assert text.characters == 11


# What is refused


def test_a_missing_file_is_named(folder):
    assert "nowhere.txt" in refusal("nowhere.txt")


@pytest.mark.parametrize(
    "content", [{}, {"t/x.bin": BINARY}, {"t/.hidden": b"text"}], ids=["empty", "binary", "hidden"]
)
def test_a_folder_without_text_is_named(content, folder):
    (folder / "t").mkdir()
    for name, body in content.items():
        saved(folder / name, body)
    message = refusal("t")
    assert message.startswith("t has no text files") and ("binary files left out: 1" in message) == (
        "t/x.bin" in content
    )


def test_a_glob_that_matches_no_file_is_named(folder):
    saved(folder / "sub" / "a.md", b"x")
    assert "*.txt" in refusal("*.txt")
    assert "s*" in refusal("s*")


@pytest.mark.parametrize("content", [BINARY, b"fine at first\n" * 999 + b"\0", bytes(range(128, 256)) * 5])
def test_a_binary_file_that_is_named_itself_is_refused(content, folder):
    saved(folder / "x.bin", content)
    message = refusal("x.bin")
    assert "x.bin" in message and "--level byte" in message


def test_utf16_without_a_mark_is_refused(folder):
    saved(folder / "a.txt", "no mark here".encode("utf-16-le"))
    assert "a.txt" in refusal("a.txt")


def test_a_name_that_no_file_can_have_is_refused(folder):
    assert refusal("x" * 5000)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_only_regular_files_are_read(folder):
    os.mkfifo(folder / "pipe")
    assert "pipe" in refusal("pipe")


@pytest.mark.parametrize("source", ["t/a.txt", "t"])
def test_a_file_the_system_will_not_open_is_refused(source, folder, monkeypatch):
    saved(folder / "t" / "a.txt", b"secret")

    def locked(path, *args, **options):
        if str(path).endswith("a.txt"):
            raise PermissionError(13, "Permission denied", str(path))
        return really_open(path, *args, **options)

    really_open = open
    monkeypatch.setattr("builtins.open", locked)
    message = refusal(source)
    assert "t/a.txt" in message and "ermission" in message
