"""Unknown symbols of a text: all are named with count and place, and left out, read as <unk> or refused."""

import unicodedata

import pytest
from texts import text_of

from data import CharVocabulary, Text, UnknownSymbol, WordVocabulary
from data.unknown import can_come, read

ABC = CharVocabulary.learn(text_of("abc é\n"))


def refused(vocabulary, text, *how):
    with pytest.raises(UnknownSymbol) as told:
        read(vocabulary, text, *how)
    return str(told.value)


def test_all_unknown_symbols_are_named_with_count_and_place():
    message = refused(ABC, "ab\nxby\nax")
    assert message.startswith("'x' (2 times, first at line 2, column 1), 'y' (line 2, column 3) are not among the 6")
    assert "--unknown skip" in message
    with pytest.raises(UnknownSymbol, match=r"^'z' \(line 1, column 3\) is not"):
        ABC.encode("abz")


def test_places_go_on_from_piece_to_piece_and_files_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr("data.text.PIECE", 4)
    (tmp_path / "1.txt").write_text("abc abcabc\nabxb\nabc\nax")
    (tmp_path / "2.txt").write_text("\nabc\nz")
    one = Text([str(tmp_path / "1.txt")])
    assert refused(ABC, one).startswith("'x' (2 times, first at line 2, column 3) is not")
    both = Text([str(tmp_path)])
    assert f"'z' ({tmp_path / '2.txt'}, line 3, column 1)" in refused(ABC, both)


def test_words_are_named_where_they_stand():
    vocabulary = WordVocabulary.learn(text_of("the cat sat\n"))
    assert "'dog' (2 times, first at line 1, column 5), 'hat' (line 2, column 5)" in refused(
        vocabulary, "the dog sat\nthe hat dog"
    )


def test_very_many_unknown_symbols_are_counted():
    message = refused(ABC, "".join(map(chr, range(0x400, 0x400 + 50))))
    assert "and 30 other symbols are not" in message


def test_skip_leaves_unknown_symbols_out_and_says_so():
    ids, notes = read(ABC, "axbyx", "skip", "prompt")
    assert ABC.decode(ids) == "ab"
    assert notes == [
        "3 unknown symbols of the prompt left out: 'x' (2 times, first at line 1, column 2), 'y' (line 1, column 4)"
    ]
    assert ABC.decode(read(ABC, text_of("axb\nz"), "skip")[0]) == "ab\n"
    assert read(ABC, "abc", "skip")[1] == []


def test_a_vocabulary_with_unk_reads_unknown_words_as_unk_and_says_so():
    vocabulary = WordVocabulary.learn(text_of("the cat the cat the dog\n"), 4)
    ids, notes = read(vocabulary, "the hen the", None, "prompt")
    assert vocabulary.decode(ids) == "the <unk> the"
    assert notes == ["1 unknown symbol of the prompt read as <unk>: 'hen' (line 1, column 5)"]
    assert "'hen'" in refused(vocabulary, "the hen", "error")
    assert vocabulary.decode(read(vocabulary, "the hen the", "skip")[0]) == "the  the"
    # <unk> itself is a symbol of the text.
    assert read(vocabulary, "the <unk>", "error")[1] == []


@pytest.mark.parametrize("form, other", [("NFC", "NFD"), ("NFD", "NFC")])
@pytest.mark.parametrize("kind", [CharVocabulary, WordVocabulary])
def test_the_other_unicode_form_is_recognised(kind, form, other):
    content = unicodedata.normalize(form, "Élan, Việt café 한글\n")
    vocabulary = kind.learn(text_of(content))
    prompt = unicodedata.normalize(other, "café 한글")
    assert prompt != unicodedata.normalize(form, prompt)
    ids, notes = read(vocabulary, prompt, None, "prompt")
    assert vocabulary.decode(ids) == unicodedata.normalize(form, prompt)
    assert notes == [f"the prompt is read in the Unicode form {form}, because the model knows more of its symbols so"]
    # A file stays as it is: the cure is said.
    assert f"convert the text to the Unicode form {form}" in refused(vocabulary, text_of(prompt))


def test_what_remains_unknown_in_the_other_form_is_told():
    vocabulary = CharVocabulary.learn(text_of(unicodedata.normalize("NFD", "é à\n")))
    ids, notes = read(vocabulary, "é€", "skip")
    assert vocabulary.decode(ids) == "e\u0301"
    assert len(notes) == 2 and "'€' (line 1, column 3)" in notes[1]
    assert refused(vocabulary, "é€").startswith("'€'")


@pytest.mark.parametrize(
    "text, comes",
    [("at", True), ("cat sat", True), ("at s", True), ("atsa", True), ("tcat", True), ("dog", False), ("ct", False)],
)
def test_a_text_comes_if_symbols_in_a_row_have_it(text, comes):
    assert can_come(text, ["cat", "sat", " "]) == comes


def test_bytes_come_too():
    assert can_come(b"\xc3\xa9", [bytes([k]) for k in (0xC3, 0xA9)]) and not can_come(b"\xff", [b"a", b"b"])
