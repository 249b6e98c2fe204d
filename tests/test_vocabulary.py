"""Every vocabulary gives back exactly the text it was given, however the text is cut into pieces."""

import pickle
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import data.text
from data import LEVELS, ByteVocabulary, CharVocabulary, Text, TextError, WordVocabulary, vocabulary_from

REAL_TEXTS = Path(__file__).parents[2] / "shared" / "data"

seeded = settings(derandomize=True, deadline=None, max_examples=100)
every_level = pytest.mark.parametrize("level", LEVELS)
char_and_word = pytest.mark.parametrize("level", ["char", "word"])

# A file that begins with U+FEFF loses it, and line ends are folded, so that neither can come back.
anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), max_size=60)
prose = st.text(st.sampled_from("aabBé\U0001f600_7.,-'’ \n\t\u00a0\u2028"), max_size=60)
texts = anything | prose
piece_sizes = st.integers(1, 9)

TREEBANK = " the cat <unk> N sat \n mr. o'brien 's u.s.-made mat $ N N/N <unk> \n it is n't the cat \n"


@pytest.fixture(scope="module")
def text_of(tmp_path_factory):
    """A function that gives a Text with this content, a string or bytes."""
    path = tmp_path_factory.mktemp("texts") / "text.txt"

    def write(content):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Text([str(path)])

    return write


def in_pieces(piece, work, /, *args, **options):
    """What work(...) gives where texts are read `piece` characters at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data.text, "PIECE", piece)
        return work(*args, **options)


# Exactly the same text comes back


@every_level
@seeded
@given(texts)
def test_decode_undoes_encode(text_of, level, content):
    vocabulary = LEVELS[level].learn(text_of(content))
    assume(not getattr(vocabulary, "tokenised", False))
    assert vocabulary.decode(vocabulary.encode(content)) == content


@pytest.mark.parametrize(
    "content",
    [" a  b \n", " a \nb", " a \nb \n c \n", " a\tb \n", "  a \n", " a\u00a0b \n", "a <unk>  b\n", "see <unk> there"],
)
def test_text_that_only_looks_tokenised_comes_back_exactly(content, text_of):
    vocabulary = WordVocabulary.learn(text_of(content))
    assert vocabulary.decode(vocabulary.encode(content)) == content


@every_level
@seeded
@given(texts, piece_sizes)
@example("one two  three\n\nfour", 4)
@example(TREEBANK, 7)
def test_a_file_in_pieces_is_encoded_like_the_whole_string(text_of, level, content, size):
    text = text_of(content)
    for piece in (size, 1 << 20):
        vocabulary = in_pieces(piece, LEVELS[level].learn, text)
        numbers = in_pieces(piece, vocabulary.encode_text, text)
        np.testing.assert_array_equal(numbers, vocabulary.encode(content), strict=True)


@char_and_word
@seeded
@given(texts, piece_sizes)
def test_symbols_are_sorted_unique_and_those_of_the_text(text_of, level, content, size):
    vocabulary = in_pieces(size, LEVELS[level].learn, text_of(content))
    assert vocabulary.symbols == sorted(set(vocabulary.split(content)))


@every_level
@seeded
@given(texts)
def test_the_same_text_gives_the_same_vocabulary(text_of, level, content):
    text = text_of(content)
    assert LEVELS[level].learn(text).as_dict() == LEVELS[level].learn(text).as_dict()


@every_level
def test_several_files_are_one_text(level, tmp_path):
    (tmp_path / "a").write_text("the ca")
    (tmp_path / "b").write_text("t sat\n")
    text = Text([str(tmp_path / "a"), str(tmp_path / "b")])
    vocabulary = LEVELS[level].learn(text)
    np.testing.assert_array_equal(vocabulary.encode_text(text), vocabulary.encode("the cat sat\n"), strict=True)


@every_level
def test_an_empty_text_has_no_numbers_and_no_characters(level, text_of):
    text = text_of("")
    vocabulary = LEVELS[level].learn(text)
    numbers = vocabulary.encode_text(text)
    assert numbers.shape == (0,)
    assert vocabulary.decode(numbers) == ""
    assert text.characters == 0


def test_bytes_of_any_kind_are_numbers_as_they_are(text_of):
    content = bytes(range(256)) + b"\r\n\xff\xfe"
    numbers = ByteVocabulary.learn(text_of(content)).encode_text(text_of(content))
    assert numbers.tobytes() == content


def test_words_keep_apostrophes_and_marks_stand_alone(text_of):
    words = WordVocabulary.learn(text_of("x"))
    assert words.split("Don’t go, o'er--there!\n\n Ça va") == [
        "Don’t", " ", "go", ",", " ", "o'er", "-", "-", "there", "!", "\n\n ", "Ça", " ", "va"
    ]  # fmt: skip


# The most frequent symbols, and unknown ones


def test_the_most_frequent_symbols_are_kept_and_ties_fall_in_order(text_of):
    vocabulary = CharVocabulary.learn(text_of("ddddcccbbbaa"), size=3)
    assert vocabulary.symbols == ["<unk>", "b", "d"]
    assert vocabulary.decode(vocabulary.encode("dcbaz")) == "d<unk>b<unk><unk>"


@char_and_word
@seeded
@given(texts, st.integers(1, 12), piece_sizes)
def test_a_limited_vocabulary_keeps_the_most_frequent(text_of, level, content, size, piece):
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
    numbers = vocabulary.encode(content)
    assert [vocabulary.symbols[k] for k in numbers] == [s if s in kept else "<unk>" for s in symbols]


@pytest.mark.parametrize("level, content, size", [("char", "abcabd", 4), ("word", "the cat the", 3)])
def test_a_limit_the_text_does_not_reach_changes_nothing(level, content, size, text_of):
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
def test_an_unknown_symbol_is_refused_and_shown(level, content, prompt, shown, text_of):
    vocabulary = LEVELS[level].learn(text_of(content))
    with pytest.raises(TextError, match=shown) as caught:
        vocabulary.encode(prompt)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("options", [{"size": 10}, {"lowercase": True}])
def test_bytes_refuse_what_would_change_them(options, text_of):
    with pytest.raises(TextError, match="--level byte"):
        ByteVocabulary.learn(text_of("Abc"), **options)


# Lower case


@char_and_word
@seeded
@given(texts | st.text(st.sampled_from("aAéÉİßẞ ŸΔ\n"), max_size=40), piece_sizes)
def test_lowercase_folds_the_text_and_every_prompt(text_of, level, content, size):
    assume("Σ" not in content)
    text = text_of(content)
    vocabulary = in_pieces(size, LEVELS[level].learn, text, lowercase=True)
    assume(not getattr(vocabulary, "tokenised", False))
    numbers = in_pieces(size, vocabulary.encode_text, text)
    assert vocabulary.decode(numbers) == content.lower()
    np.testing.assert_array_equal(vocabulary.encode(content), numbers, strict=True)


@char_and_word
@pytest.mark.parametrize("size", [1, 3, 4, 1 << 20])
def test_lowercase_of_greek_does_not_depend_on_the_pieces(level, size, text_of):
    """Python makes another letter of a capital sigma at the end of a word; here it is the same everywhere."""
    content = "ΟΣΟΣ ΣΑΣ"
    text = text_of(content)
    vocabulary = in_pieces(size, LEVELS[level].learn, text, lowercase=True)
    assert vocabulary.decode(in_pieces(size, vocabulary.encode_text, text)) == "οσοσ σασ"


@char_and_word
def test_case_is_kept_unless_asked_otherwise(level, text_of):
    vocabulary = LEVELS[level].learn(text_of("Ab aB"))
    assert vocabulary.decode(vocabulary.encode("aB Ab")) == "aB Ab"


# Numbers


@pytest.mark.parametrize(
    "count, dtype", [(1, np.uint8), (256, np.uint8), (257, np.uint16), (65536, np.uint16), (65537, np.uint32)]
)
def test_a_symbol_takes_one_two_or_four_bytes(count, dtype, text_of):
    letters = [chr(0x10000 + k) for k in range(count)]
    ends = letters[0] + letters[-1]
    chars = CharVocabulary(letters)
    words = WordVocabulary(f"w{k:05}" for k in range(count))
    for numbers in (
        chars.encode(ends),
        chars.encode_text(text_of(ends)),
        np.concatenate([words.encode("w00000"), words.encode(words.symbols[-1])]),
    ):
        np.testing.assert_array_equal(numbers, np.array([0, count - 1], dtype), strict=True)
    assert chars.opening().dtype == words.opening().dtype == dtype


@every_level
@seeded
@given(texts)
@example("naïve €\U0001f600\n")
@example(TREEBANK)
def test_characters_are_counted_at_every_level(text_of, level, content):
    text = text_of(content)
    LEVELS[level].learn(text).encode_text(text)
    assert text.characters == len(content)


def test_unknown_words_count_with_all_their_characters(text_of):
    text = text_of("incomprehensible the the\n" * 9)
    vocabulary = WordVocabulary.learn(text, size=3)
    assert "incomprehensible" not in vocabulary.symbols
    vocabulary.encode_text(text)
    assert text.characters == 9 * 25


def test_a_character_of_several_bytes_counts_once(text_of):
    text = text_of("aé€\U0001f600\n")
    assert len(ByteVocabulary().encode_text(text)) == 11
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
        ("byte", "no end", "\n"),
    ],
)
def test_the_opening_is_a_line_end_or_else_symbol_zero(level, content, opening, text_of):
    vocabulary = LEVELS[level].learn(text_of(content))
    numbers = vocabulary.opening()
    assert numbers.shape == (1,) and numbers.dtype == vocabulary.dtype
    assert vocabulary.join([vocabulary.symbols[numbers[0]]]).strip(" ") == opening.strip(" ")
    assert opening == "\n" or numbers[0] == 0


@every_level
@seeded
@given(texts)
@example("naïve €\U0001f600\n")
@example(TREEBANK)
def test_symbols_one_by_one_give_the_text_of_all_at_once(text_of, level, content):
    vocabulary = LEVELS[level].learn(text_of(content))
    numbers = vocabulary.encode(content)
    decode = vocabulary.decoder()
    assert "".join(decode(numbers[k : k + 1]) for k in range(len(numbers))) == vocabulary.decode(numbers)


def test_a_character_of_several_bytes_appears_with_its_last_byte():
    decode, other = ByteVocabulary().decoder(), ByteVocabulary().decoder()
    numbers = ByteVocabulary().encode("a€b")
    assert [decode(numbers[k : k + 1]) for k in range(4)] == ["a", "", "", "€"]
    assert other(numbers[:1]) == "a"


def test_bytes_that_are_no_text_are_shown_as_replacement_characters():
    numbers = np.array([0x61, 0xFF, 0x62], np.uint8)
    decode = ByteVocabulary().decoder()
    assert ByteVocabulary().decode(numbers) == "a\ufffdb"
    assert "".join(decode(numbers[k : k + 1]) for k in range(3)) == "a\ufffdb"


# Penn Treebank


@pytest.mark.parametrize("content", [TREEBANK, TREEBANK.replace("<unk>", "x"), " a \n \n b \n"])
@pytest.mark.parametrize("size", [8, 11, 1 << 20])
def test_a_tokenised_text_keeps_its_tokens_and_comes_back_exactly(content, size, text_of):
    vocabulary = WordVocabulary.learn(text_of(content))
    numbers = in_pieces(size, vocabulary.encode_text, text_of(content))
    tokens = [token for line in content.splitlines() for token in [*line.split(), "\n"]]
    assert [vocabulary.symbols[k] for k in numbers] == tokens
    assert vocabulary.decode(numbers) == content


def test_unknown_words_join_the_unk_that_a_tokenised_text_has(text_of):
    vocabulary = WordVocabulary.learn(text_of(TREEBANK))
    assert vocabulary.symbols.count("<unk>") == 1
    assert vocabulary.decode(vocabulary.encode(" the zebra sat \n")) == " the <unk> sat \n"


def test_a_limited_tokenised_vocabulary_has_one_unk(text_of):
    vocabulary = WordVocabulary.learn(text_of(TREEBANK), size=5)
    assert vocabulary.symbols == sorted({"<unk>", "\n", "N", "cat", "the"})


@pytest.mark.parametrize("content", [" the cat \nsat\n", "the cat\n sat \n", "the cat\nsat\n", "\n\n"])
def test_ordinary_text_is_not_taken_for_tokenised(content, text_of):
    vocabulary = WordVocabulary.learn(text_of(content))
    assert not vocabulary.tokenised
    assert vocabulary.decode(vocabulary.encode(content)) == content


def real_text(name):
    path = REAL_TEXTS / name
    if not path.exists():
        pytest.skip(f"needs {name}, which may not be redistributed with this project")
    return Text([str(path)])


def test_the_treebank_has_as_many_tokens_and_words_as_are_published():
    text = real_text("ptb.train.txt")
    vocabulary = WordVocabulary.learn(text)
    numbers = vocabulary.encode_text(text)
    assert len(numbers) == 929_589
    assert len(vocabulary) == 10_000
    assert numbers.dtype == np.uint16
    whole = "".join(text.pieces())
    assert vocabulary.decode(numbers) == whole
    assert text.characters == len(whole)


@pytest.mark.parametrize(
    "name, symbols, characters", [("tinyshakespeare.txt", 65, 1_115_394), ("anna.txt", 83, 1_985_223)]
)
def test_known_texts_have_the_known_sizes(name, symbols, characters):
    text = real_text(name)
    vocabulary = CharVocabulary.learn(text)
    assert len(vocabulary) == symbols
    numbers = vocabulary.encode_text(text)
    assert len(numbers) == text.characters == characters


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
        ("word", "Some text, more Text\n", {}),
        ("word", "Some text, more Text\n", {"size": 4, "lowercase": True}),
        ("word", TREEBANK, {}),
        ("byte", "Some té€xt\n", {}),
    ],
)
def test_a_vocabulary_comes_back_from_a_pickle(level, content, options, text_of):
    vocabulary = LEVELS[level].learn(text_of(content), **options)
    saved = vocabulary.as_dict()
    assert built_in(saved) and saved["level"] == level
    again = vocabulary_from(pickle.loads(pickle.dumps(saved, protocol=4)))
    assert type(again) is type(vocabulary)
    assert again.as_dict() == saved
    numbers = vocabulary.encode(content)
    np.testing.assert_array_equal(again.encode(content), numbers, strict=True)
    assert again.decode(numbers) == vocabulary.decode(numbers)


def test_loading_does_not_change_what_was_saved(text_of):
    saved = CharVocabulary.learn(text_of("abc")).as_dict()
    before = pickle.dumps(saved)
    vocabulary_from(saved)
    assert pickle.dumps(saved) == before
