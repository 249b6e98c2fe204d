"""Where most of a text is lost, or where no word comes again, the user is told, with numbers."""

import pytest
from texts import text_of

from data import LEVELS, TextError, advice

RUSSIAN = "Съешь же ещё этих мягких французских булок.\n" * 20
ENGLISH = "Jackdaws love my big sphinx of quartz, and it is 17 years old.\n" * 20


def told(content, level="char", **how):
    """(notes, warnings) on a text of this content."""
    text = text_of(content)
    vocabulary = LEVELS[level].learn(text, **how)
    return advice(text, vocabulary, vocabulary.encode_text(text)[0])


@pytest.mark.parametrize("level", ["char", "word"])
@pytest.mark.parametrize(
    "content", [RUSSIAN, "東京は日本の首都です。" * 99, "12.5;13.7;99\n" * 99], ids=["ru", "ja", "csv"]
)
def test_letters_that_leave_next_to_nothing_are_refused(content, level):
    with pytest.raises(
        TextError, match=r"--letters keeps 0 of the text's [\d,]+ visible characters.*leave out --letters"
    ):
        told(content, level, letters=True)


def test_letters_that_lose_most_of_a_text_are_warned_of():
    (warning,) = told(RUSSIAN + ENGLISH[: len(RUSSIAN) // 3], letters=True)[1]
    assert warning.startswith("--letters keeps ") and "of the text's" in warning


@pytest.mark.parametrize("level", ["char", "word"])
def test_folding_that_keeps_a_text_is_not_worth_a_word(level):
    assert told(ENGLISH, level, letters=True) == ([], [])
    for content in (ENGLISH, RUSSIAN, "東京は" * 99, "हिन्दी भाषा\n" * 99):
        assert told(content, level, lowercase=True) == ([], [])


def test_white_space_alone_is_nothing_that_letters_could_lose():
    assert told(" \n" * 50, letters=True) == ([], [])


@pytest.mark.parametrize("level", ["char", "word"])
def test_a_vocabulary_that_makes_most_of_a_text_unknown_is_warned_of(level):
    (warning,) = told(ENGLISH, level, size=2)[1]
    assert warning.startswith("<unk> stands for ") and "--vocab-size" in warning and "only 2" in warning


def test_the_share_of_unknown_symbols_is_said():
    notes, warnings = told("aaabaaac" * 25, size=2)
    assert notes == ["<unk> stands for 25.0% of the text's 200 symbols"] and not warnings
    assert told("aaabaaac" * 25, size=9) == ([], [])


@pytest.mark.parametrize("tokeniser", ["unicode", "spaces"])
def test_words_that_never_come_again_are_said_with_what_to_do(tokeniser):
    content = " ".join(f"w{k}" for k in range(300)) + " the" * 100
    (note,), _ = told(content, "word", tokeniser=tokeniser)
    assert note.startswith("300 of the text's 400 words occur only once")
    assert "--level char" in note and "--vocab-size" in note


def test_ordinary_words_need_no_advice():
    assert told(ENGLISH, "word") == ([], [])
    assert told("few words, all new", "word") == ([], [])


def test_notes_and_warnings_on_the_files_are_among_them():
    text = text_of(b"\xef\xbb\xbfab\r\n")
    text.warn("lost")
    vocabulary = LEVELS["char"].learn(text)
    notes, warnings = advice(text, vocabulary, vocabulary.encode_text(text)[0])
    assert len(notes) == 2 and warnings == ["lost"]
