"""Every vocabulary gives back exactly the text it was given, however the text is cut into pieces."""

import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from texts import TREEBANK, char_and_word, every_level, in_pieces, piece_sizes, real_text, seeded, text_of, texts

from data import LEVELS, ByteVocabulary, CharVocabulary, TextError, WordVocabulary, vocabulary_from

# Exactly the same text comes back


@every_level
@seeded
@given(texts)
def test_decode_undoes_encode(level, content):
    vocabulary = LEVELS[level].learn(text_of(content))
    assume(not getattr(vocabulary, "tokenised", False))
    assert vocabulary.decode(vocabulary.encode(content)) == content


@every_level
@seeded
@given(texts, piece_sizes)
@example("one two  three\n\nfour", 4)
@example(TREEBANK, 7)
def test_a_file_in_pieces_is_encoded_like_the_whole_string(level, content, size):
    text = text_of(content)
    for piece in (size, 1 << 20):
        vocabulary = in_pieces(piece, LEVELS[level].learn, text)
        ids, _ = in_pieces(piece, vocabulary.encode_text, text)
        np.testing.assert_array_equal(ids, vocabulary.encode(content), strict=True)


@char_and_word
@seeded
@given(texts, piece_sizes)
def test_symbols_are_sorted_unique_and_those_of_the_text(level, content, size):
    vocabulary = in_pieces(size, LEVELS[level].learn, text_of(content))
    assert vocabulary.symbols == sorted(set(vocabulary.split(content)))


@every_level
@seeded
@given(texts)
def test_the_same_text_gives_the_same_vocabulary(level, content):
    text = text_of(content)
    assert LEVELS[level].learn(text).as_dict() == LEVELS[level].learn(text).as_dict()


@every_level
def test_an_empty_text_has_no_ids_and_no_characters(level):
    text = text_of("")
    vocabulary = LEVELS[level].learn(text)
    ids, starts = vocabulary.encode_text(text)
    assert ids.shape == (0,) and starts == [0]
    assert vocabulary.decode(ids) == ""
    assert text.characters == 0


def test_bytes_of_any_kind_are_their_own_ids():
    content = bytes(range(256)) + b"\r\n\xff\xfe"
    ids, _ = ByteVocabulary.learn(text_of(content)).encode_text(text_of(content))
    assert ids.tobytes() == content


@pytest.mark.parametrize(
    "name, symbols, characters", [("tinyshakespeare.txt", 65, 1_115_394), ("anna.txt", 83, 1_985_223)]
)
def test_known_texts_have_the_known_sizes(name, symbols, characters):
    text = real_text(name)
    vocabulary = CharVocabulary.learn(text)
    assert len(vocabulary) == symbols
    ids, _ = vocabulary.encode_text(text)
    assert len(ids) == text.characters == characters


# Where files begin


@every_level
@seeded
@given(st.lists(texts | st.just(""), min_size=1, max_size=5), piece_sizes)
@example(["the ca", "t sat\n"], 3)
@example(["", "naïve €\U0001f600", "", "", "\U0001f600", ""], 4)
@example([TREEBANK, "", TREEBANK], 7)
def test_files_are_encoded_one_by_one_and_begin_where_starts_says(level, contents, size):
    text = text_of(*contents)
    vocabulary = in_pieces(size, LEVELS[level].learn, text)
    ids, starts = in_pieces(size, vocabulary.encode_text, text)
    assert [type(start) for start in starts] == [int] * len(contents)
    for content, start, end in zip(contents, starts, [*starts[1:], len(ids)]):
        np.testing.assert_array_equal(ids[start:end], vocabulary.encode(content), strict=True)


@every_level
@seeded
@given(st.lists(texts, min_size=2, max_size=5), piece_sizes)
@example(["the ca", "t sat\n", "", "\n\non", "\n"], 2)
def test_several_files_are_decoded_as_one_text(level, contents, size):
    text = text_of(*contents)
    vocabulary = in_pieces(size, LEVELS[level].learn, text)
    assume(not getattr(vocabulary, "tokenised", False))
    assert vocabulary.decode(in_pieces(size, vocabulary.encode_text, text)[0]) == "".join(contents)
    assert text.characters == len("".join(contents))


@pytest.mark.parametrize(
    "level, starts", [("char", [0, 0, 7, 7, 9, 12]), ("word", [0, 0, 3, 3, 5, 7]), ("byte", [0, 0, 8, 8, 12, 15])]
)
@pytest.mark.parametrize("size", [1, 2, 1 << 20])
def test_a_file_begins_where_the_one_before_it_ends(level, starts, size):
    """An empty file begins where the one after it does."""
    text = text_of("", "the caé", "", "t€", "\nsa", "t")
    vocabulary = in_pieces(size, LEVELS[level].learn, text)
    assert in_pieces(size, vocabulary.encode_text, text)[1] == starts


@pytest.mark.parametrize("count, width", [(3, 1), (300, 2)])
def test_starts_are_counted_in_symbols_however_many_bytes_one_takes(count, width):
    many = "".join(chr(0x3000 + k) for k in range(count))
    text = text_of(many, many[:2], many)
    ids, starts = CharVocabulary.learn(text).encode_text(text)
    assert ids.itemsize == width
    assert starts == [0, count, count + 2]


# The most frequent symbols, and unknown ones


def test_the_most_frequent_symbols_are_kept_and_ties_fall_in_order():
    vocabulary = CharVocabulary.learn(text_of("ddddcccbbbaa"), size=3)
    assert vocabulary.symbols == ["<unk>", "b", "d"]
    assert vocabulary.decode(vocabulary.encode("dcbaz")) == "d<unk>b<unk><unk>"


@char_and_word
@seeded
@given(texts, st.integers(1, 12), piece_sizes)
def test_a_limited_vocabulary_keeps_the_most_frequent(level, content, size, piece):
    vocabulary = in_pieces(piece, LEVELS[level].learn, text_of(content), size=size)
    symbols = vocabulary.split(content)
    counts = Counter(symbols)
    if size >= len(counts):
        assert vocabulary.symbols == sorted(counts)
        return
    kept = set(vocabulary.symbols) - {"<unk>"}
    dropped = set(counts) - kept
    assert len(vocabulary) == size and "<unk>" in vocabulary.symbols
    assert max(counts[s] for s in dropped) <= min((counts[s] for s in kept), default=len(symbols))
    ids = vocabulary.encode(content)
    assert [vocabulary.symbols[k] for k in ids] == [s if s in kept else "<unk>" for s in symbols]


@pytest.mark.parametrize("level, content, size", [("char", "abcabd", 4), ("word", "the cat the", 3)])
def test_a_limit_the_text_does_not_reach_changes_nothing(level, content, size):
    vocabulary = LEVELS[level].learn(text_of(content), size=size)
    assert len(vocabulary) == size
    assert "<unk>" not in vocabulary.symbols


@pytest.mark.parametrize(
    "level, content, prompt, shown",
    [
        ("char", "abc", "abzc", "'z'"),
        ("char", "abc", "a\U0001f600", "'\U0001f600'"),
        ("char", "a\U0001f600", "a€", "'€'"),
        ("char", "abc", "a\n", r"'\\n'"),
        ("char", "abc", "a\udcff", r"'\\udcff'"),
        ("word", "the cat", "the dog cat", "'dog'"),
        ("word", "the cat", "cat  the", "'  '"),
        ("word", "the cat", "cat \udcff", r"'\\udcff'"),
        ("word", " the cat \n", " the bird ", "'bird'"),
    ],
)
def test_an_unknown_symbol_is_refused_and_shown(level, content, prompt, shown):
    vocabulary = LEVELS[level].learn(text_of(content))
    with pytest.raises(TextError, match=shown) as caught:
        vocabulary.encode(prompt)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("options", [{"size": 10}, {"lowercase": True}, {"letters": True}])
def test_bytes_refuse_what_would_change_them(options):
    with pytest.raises(TextError, match=r"--level byte.*--vocab-size, --lowercase and --letters$"):
        ByteVocabulary.learn(text_of("Abc"), **options)


# Ids


@pytest.mark.parametrize(
    "count, dtype", [(1, np.uint8), (256, np.uint8), (257, np.uint16), (65536, np.uint16), (65537, np.uint32)]
)
def test_a_symbol_takes_one_two_or_four_bytes(count, dtype):
    letters = [chr(0x10000 + k) for k in range(count)]
    ends = letters[0] + letters[-1]
    chars = CharVocabulary(letters)
    words = WordVocabulary(f"w{k:05}" for k in range(count))
    for ids in (
        chars.encode(ends),
        chars.encode_text(text_of(ends))[0],
        np.concatenate([words.encode("w00000"), words.encode(words.symbols[-1])]),
    ):
        np.testing.assert_array_equal(ids, np.array([0, count - 1], dtype), strict=True)
    assert chars.opening().dtype == words.opening().dtype == dtype


@every_level
@seeded
@given(texts)
@example("naïve €\U0001f600\n")
@example(TREEBANK)
def test_characters_are_counted_at_every_level(level, content):
    text = text_of(content)
    LEVELS[level].learn(text).encode_text(text)
    assert text.characters == len(content)


def test_unknown_words_count_with_all_their_characters():
    text = text_of("incomprehensible the the\n" * 9)
    vocabulary = WordVocabulary.learn(text, size=3)
    assert "incomprehensible" not in vocabulary.symbols
    vocabulary.encode_text(text)
    assert text.characters == 9 * 25


def test_a_character_of_several_bytes_counts_once():
    text = text_of("aé€\U0001f600\n")
    assert len(ByteVocabulary().encode_text(text)[0]) == 11
    assert text.characters == 5


@pytest.mark.parametrize(
    "level, content, opening",
    [
        ("char", "b\ta\n", "\n"),
        ("char", "cab", "a"),
        ("word", "b\ta\n", "\n"),
        ("word", "cat\n\nsat", "\n\n"),
        ("word", "dog,cat", ","),
        ("word", TREEBANK, "\n"),
        ("byte", "end\n", "\n"),
    ],
)
def test_the_opening_is_a_line_end_or_else_symbol_zero(level, content, opening):
    vocabulary = LEVELS[level].learn(text_of(content))
    ids = vocabulary.opening()
    assert ids.shape == (1,) and ids.dtype == vocabulary.dtype
    assert vocabulary.join([vocabulary.symbols[ids[0]]]).strip(" ") == opening.strip(" ")
    assert opening == "\n" or ids[0] == 0


def test_no_text_opens_with_a_symbol_that_never_occurs():
    assert ByteVocabulary.learn(text_of("beca")).opening() == [ord("a")]
    assert ByteVocabulary().opening() == [ord("\n")]
    words = WordVocabulary(["<unk>", "cat"])
    assert words.opening() == [1] and words.starters().tolist() == [1]
    assert ByteVocabulary.learn(text_of("beca")).starters().tolist() == [*b"abce"]
    assert ByteVocabulary().starters() is None


def test_a_grown_byte_vocabulary_has_seen_both_texts():
    vocabulary = ByteVocabulary.learn(text_of("ab")).grown(text_of("bc"))
    assert bytes(vocabulary.seen) == b"abc" and vocabulary_from(vocabulary.as_dict()).seen == vocabulary.seen


@every_level
@seeded
@given(texts)
@example("naïve €\U0001f600\n")
@example(TREEBANK)
def test_symbols_one_by_one_give_the_text_of_all_at_once(level, content):
    vocabulary = LEVELS[level].learn(text_of(content))
    ids = vocabulary.encode(content)
    decode = vocabulary.decoder()
    assert "".join(decode(ids[k : k + 1]) for k in range(len(ids))) == vocabulary.decode(ids)


def test_a_character_of_several_bytes_appears_with_its_last_byte():
    decode, other = ByteVocabulary().decoder(), ByteVocabulary().decoder()
    ids = ByteVocabulary().encode("a€b")
    assert [decode(ids[k : k + 1]) for k in range(4)] == ["a", "", "", "€"]
    assert other(ids[:1]) == "a"


def test_bytes_that_are_not_text_are_shown_as_replacement_characters():
    ids = np.array([0x61, 0xFF, 0x62], np.uint8)
    decode = ByteVocabulary().decoder()
    assert ByteVocabulary().decode(ids) == "a\ufffdb"
    assert "".join(decode(ids[k : k + 1]) for k in range(3)) == "a\ufffdb"


# In a checkpoint


def built_in(value):
    if isinstance(value, dict):
        return all(built_in(v) for pair in value.items() for v in pair)
    if isinstance(value, list):
        return all(map(built_in, value))
    return type(value) in (str, int, bool)


@pytest.mark.parametrize(
    "level, content, options",
    [
        ("char", "Some Text,\n more\n", {}),
        ("char", "Some Text,\n more\n", {"size": 5, "lowercase": True}),
        ("char", "Some Text,\n more\n", {"letters": True}),
        ("word", "Some text, more Text\n", {}),
        ("word", "Some text, more Text\n", {"size": 4, "lowercase": True}),
        ("word", "Some text, more Text\n", {"lowercase": True, "letters": True}),
        ("word", TREEBANK, {}),
        ("byte", "Some té€xt\n", {}),
    ],
)
def test_a_vocabulary_comes_back_from_a_pickle(level, content, options):
    vocabulary = LEVELS[level].learn(text_of(content), **options)
    saved = vocabulary.as_dict()
    assert built_in(saved) and saved["level"] == level
    again = vocabulary_from(pickle.loads(pickle.dumps(saved, protocol=4)))
    assert type(again) is type(vocabulary)
    assert again.as_dict() == saved
    ids = vocabulary.encode(content)
    np.testing.assert_array_equal(again.encode(content), ids, strict=True)
    assert again.decode(ids) == vocabulary.decode(ids)


def test_loading_does_not_change_what_was_saved():
    saved = CharVocabulary.learn(text_of("abc")).as_dict()
    before = pickle.dumps(saved)
    vocabulary_from(saved)
    assert pickle.dumps(saved) == before


def test_a_checkpoint_from_before_letters_is_read():
    saved = CharVocabulary.learn(text_of("Abc")).as_dict()
    del saved["letters"]
    assert vocabulary_from(saved).as_dict() == {**saved, "letters": False}
