"""What a word is; that no word spans two files; and texts that are tokenised already."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import TREEBANK, in_pieces, piece_sizes, prose, real_text, seeded, text_of

from data import WordVocabulary

# What is a word


def test_words_keep_apostrophes_and_marks_stand_alone():
    words = WordVocabulary.learn(text_of("x"))
    assert words.split("Don’t go, o'er--there!\n\n Ça va") == [
        "Don’t", " ", "go", ",", " ", "o'er", "-", "-", "there", "!", "\n\n ", "Ça", " ", "va"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [" a  b \n", " a \nb", " a \nb \n c \n", " a\tb \n", "  a \n", " a\u00a0b \n", "a <unk>  b\n", "see <unk> there"],
)
def test_text_that_only_looks_tokenised_comes_back_exactly(content):
    vocabulary = WordVocabulary.learn(text_of(content))
    assert vocabulary.decode(vocabulary.encode(content)) == content


# Words and files


@pytest.mark.parametrize(
    "contents, words",
    [
        (["the ca", "t sat"], ["the", " ", "ca", "t", " ", "sat"]),
        (["one\n", "\ntwo"], ["one", "\n", "\n", "two"]),
        (["don", "’t"], ["don", "’", "t"]),
        (["<un", "k>"], ["<", "un", "k", ">"]),
        (["  ", "", "  "], ["  ", "  "]),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1 << 20])
def test_no_word_spans_two_files(contents, words, size):
    text = text_of(*contents)
    vocabulary = in_pieces(size, WordVocabulary.learn, text)
    assert vocabulary.symbols == sorted(set(words))
    ids, _ = in_pieces(size, vocabulary.encode_text, text)
    assert [vocabulary.symbols[k] for k in ids] == words


@seeded
@given(st.lists(prose, min_size=2, max_size=4), piece_sizes)
def test_the_words_of_a_text_are_those_of_its_files(contents, size):
    vocabulary = in_pieces(size, WordVocabulary.learn, text_of(*contents))
    assert vocabulary.symbols == sorted({word for content in contents for word in vocabulary.split(content)})


@pytest.mark.parametrize("size", [5, 1 << 20])
def test_tokenised_files_are_one_tokenised_text(size):
    text = text_of(TREEBANK, " the mat \n", " the", " cat \n")
    vocabulary = in_pieces(size, WordVocabulary.learn, text)
    assert vocabulary.tokenised
    ids, starts = in_pieces(size, vocabulary.encode_text, text)
    assert np.diff([*starts, len(ids)]).tolist() == [len(vocabulary.split(TREEBANK)), 3, 1, 2]
    assert vocabulary.decode(ids) == TREEBANK + " the mat \n the cat \n"


def test_one_ordinary_file_makes_the_whole_text_ordinary():
    text = text_of(TREEBANK, "the cat\n")
    vocabulary = WordVocabulary.learn(text)
    assert not vocabulary.tokenised
    assert vocabulary.decode(vocabulary.encode_text(text)[0]) == TREEBANK + "the cat\n"


# Penn Treebank


@pytest.mark.parametrize("content", [TREEBANK, TREEBANK.replace("<unk>", "x"), " a \n \n b \n"])
@pytest.mark.parametrize("size", [8, 11, 1 << 20])
def test_a_tokenised_text_keeps_its_tokens_and_comes_back_exactly(content, size):
    vocabulary = WordVocabulary.learn(text_of(content))
    ids, _ = in_pieces(size, vocabulary.encode_text, text_of(content))
    tokens = [token for line in content.splitlines() for token in [*line.split(), "\n"]]
    assert [vocabulary.symbols[k] for k in ids] == tokens
    assert vocabulary.decode(ids) == content


def test_unknown_words_join_the_unk_that_a_tokenised_text_has():
    vocabulary = WordVocabulary.learn(text_of(TREEBANK))
    assert vocabulary.symbols.count("<unk>") == 1
    assert vocabulary.decode(vocabulary.encode(" the zebra sat \n")) == " the <unk> sat \n"


def test_a_limited_tokenised_vocabulary_has_one_unk():
    vocabulary = WordVocabulary.learn(text_of(TREEBANK), size=5)
    assert vocabulary.symbols == sorted({"<unk>", "\n", "N", "cat", "the"})


@pytest.mark.parametrize("content", [" the cat \nsat\n", "the cat\n sat \n", "the cat\nsat\n", "\n\n"])
def test_ordinary_text_is_not_taken_for_tokenised(content):
    vocabulary = WordVocabulary.learn(text_of(content))
    assert not vocabulary.tokenised
    assert vocabulary.decode(vocabulary.encode(content)) == content


def test_the_treebank_has_as_many_tokens_and_words_as_are_published():
    text = real_text("ptb.train.txt")
    vocabulary = WordVocabulary.learn(text)
    ids, _ = vocabulary.encode_text(text)
    assert len(ids) == 929_589
    assert len(vocabulary) == 10_000
    assert ids.dtype == np.uint16
    whole = "".join(text.pieces(text.files[0]))
    assert vocabulary.decode(ids) == whole
    assert text.characters == len(whole)
