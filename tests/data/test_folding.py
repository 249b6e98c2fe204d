"""Text in lower case, or letters and spaces only: the same for training texts, prompts and scored texts."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from texts import TREEBANK, char_and_word, in_pieces, piece_sizes, seeded, text_of, texts

from data import LEVELS, CharVocabulary, TextError, WordVocabulary, vocabulary_from

odd = st.text(st.sampled_from("aAzZ{`@[éÉİßẞK ŸΣΔ\U0001f600\u0301\n\t0"), max_size=40)

# Lower case


@char_and_word
@seeded
@given(texts | odd, piece_sizes)
def test_lowercase_folds_the_text_and_every_prompt(level, content, size):
    assume("Σ" not in content)
    text = text_of(content)
    vocabulary = in_pieces(size, LEVELS[level].learn, text, lowercase=True)
    assume(not getattr(vocabulary, "tokenised", False))
    ids, _ = in_pieces(size, vocabulary.encode_text, text)
    assert vocabulary.decode(ids) == content.lower()
    np.testing.assert_array_equal(vocabulary.encode(content), ids, strict=True)


@char_and_word
@pytest.mark.parametrize("size", [1, 3, 4, 1 << 20])
def test_lowercase_of_greek_does_not_depend_on_the_pieces(level, size):
    """Python makes another letter of a capital sigma at the end of a word; here it is the same everywhere."""
    content = "ΟΣΟΣ ΣΑΣ"
    text = text_of(content)
    vocabulary = in_pieces(size, LEVELS[level].learn, text, lowercase=True)
    assert vocabulary.decode(in_pieces(size, vocabulary.encode_text, text)[0]) == "οσοσ σασ"


@char_and_word
def test_case_is_kept_unless_asked_otherwise(level):
    vocabulary = LEVELS[level].learn(text_of("Ab aB"))
    assert vocabulary.decode(vocabulary.encode("aB Ab")) == "aB Ab"


# Letters


def as_letters(content):
    """One character at a time."""
    return "".join(c.lower() if c.isascii() and c.isalpha() else " " for c in content)


@char_and_word
@seeded
@given(texts | odd, piece_sizes, st.booleans())
@example(TREEBANK, 7, False)
@example(" the cat sat", 4, True)
def test_letters_fold_the_text_and_every_prompt(level, content, size, lowercase):
    text = text_of(content)
    vocabulary = in_pieces(size, LEVELS[level].learn, text, lowercase=lowercase, letters=True)
    ids, _ = in_pieces(size, vocabulary.encode_text, text)
    assert vocabulary.decode(ids) == as_letters(content)
    np.testing.assert_array_equal(vocabulary.encode(content), ids, strict=True)
    assert text.characters == len(content)


@seeded
@given(texts | odd)
def test_letters_keep_the_length(content):
    assert len(CharVocabulary("", letters=True).folded(content)) == len(content)


@pytest.mark.parametrize(
    "character, folded",
    [("é", " "), ("İ", " "), ("ß", " "), ("ẞ", " "), ("\u212a", " "), ("\U0001f600", " "), ("\n", " "), ("\0", " "),
     ("\udcff", " "), ("7", " "), ("_", " "), ("?", " "), ("@", " "), ("[", " "), ("`", " "), ("{", " "),
     ("A", "a"), ("Z", "z"), ("a", "a"), ("z", "z"), (" ", " ")],
)  # fmt: skip
def test_each_character_is_one_letter_or_one_space(character, folded):
    assert CharVocabulary("", letters=True).folded(f"x{character}Y") == f"x{folded}y"


@pytest.mark.parametrize("size", [1, 4, 1 << 20])
def test_every_character_becomes_one_letter_whatever_the_encoding_of_the_file(size):
    text = text_of("Naïve\r\nX", "Ça\n".encode("utf-16"), b"b B")
    vocabulary = in_pieces(size, CharVocabulary.learn, text, letters=True)
    ids, starts = in_pieces(size, vocabulary.encode_text, text)
    assert vocabulary.decode(ids) == "na ve x a b b"
    assert starts == [0, 7, 10]


def test_the_alphabet_of_letters_is_a_space_and_a_to_z():
    everything = "".join(chr(k) for k in range(1, 0x3000) if chr(k) != "\r")
    vocabulary = CharVocabulary.learn(text_of(everything), letters=True)
    assert "".join(vocabulary.symbols) == " abcdefghijklmnopqrstuvwxyz"
    assert vocabulary.decode(vocabulary.opening()) == " "


def test_words_of_letters_are_words_and_runs_of_spaces():
    vocabulary = WordVocabulary.learn(text_of("Don’t stop, <unk>!\n\nGo"), letters=True)
    ids = vocabulary.encode("DON'T stop: (unk)...Go")
    assert [vocabulary.symbols[k] for k in ids] == ["don", " ", "t", " ", "stop", "   ", "unk", "    ", "go"]


def test_letters_that_are_tokenised_already_need_no_symbol_for_a_space():
    vocabulary = WordVocabulary.learn(text_of(" anarchism originated as a term"), letters=True)
    assert vocabulary.symbols == ["a", "anarchism", "as", "originated", "term"]


def test_a_loaded_vocabulary_folds_as_the_saved_one_did():
    saved = CharVocabulary.learn(text_of("Some text."), letters=True).as_dict()
    assert saved["letters"] is True and saved["lowercase"] is False
    vocabulary = vocabulary_from(saved)
    assert vocabulary.decode(vocabulary.encode("TOES!")) == "toes "


def test_a_letter_that_the_text_does_not_have_is_still_unknown():
    vocabulary = CharVocabulary.learn(text_of("Abc def"), letters=True)
    with pytest.raises(TextError, match=r"^'z' \(line 1, column 3\) is not among the 7 symbols"):
        vocabulary.encode("A?Z")
