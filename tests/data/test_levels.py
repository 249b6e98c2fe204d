"""What a level says about itself: how a symbol looks, what a blank is, and which saved vocabularies make sense."""

import tracemalloc

import pytest
from texts import TREEBANK, every_level, text_of

from data import LEVELS, ByteVocabulary, CharVocabulary, WordVocabulary


def test_a_symbol_by_itself_is_readable():
    assert ByteVocabulary().label(ord("a")) == "a"
    assert ByteVocabulary().label(0xC3) == "\\xC3"
    assert CharVocabulary.learn(text_of("aé")).label(1) == "é"
    assert WordVocabulary.learn(text_of("the cat")).label(1) == "cat"
    assert WordVocabulary.learn(text_of(TREEBANK)).label(0).strip(" ") == "\n"


def test_a_run_of_blanks_is_one_word_but_several_characters():
    assert [LEVELS[level](["a"]).blanks("___") for level in ("char", "byte", "word")] == [3, 3, 1]


def test_only_words_keep_white_space_out_of_a_blank():
    assert WordVocabulary.learn(text_of("the cat\n")).fillers().tolist() == [False, False, True, True]
    assert CharVocabulary.learn(text_of("the cat\n")).fillers() is None and ByteVocabulary().fillers() is None


@every_level
@pytest.mark.parametrize("content", ["Some té€xt\n", TREEBANK])
def test_what_a_vocabulary_saves_passes_its_check(level, content):
    saved = LEVELS[level].learn(text_of(content)).as_dict()
    LEVELS[level].check(saved)
    del saved["letters"], saved["lowercase"]
    LEVELS[level].check(saved)


FAULTS = {
    "no symbols": ({"symbols": []}, "its vocabulary has no symbols"),
    "a text for the symbols": ({"symbols": "abc"}, "its vocabulary has no symbols"),
    "a symbol twice": ({"symbols": ["b", "a", "b"]}, "symbols that are no chars, or has some of them twice"),
    "an empty symbol": ({"symbols": ["a", ""]}, "symbols that are no chars"),
    "two characters": ({"symbols": ["a", "bc"]}, "symbols that are no chars"),
    "another type": ({"symbols": ["a", 7]}, "symbols that are no chars"),
    "a flag that is a number": ({"letters": 1}, "its vocabulary has letters a int"),
    "a flag that is a list": ({"lowercase": [[]]}, "its vocabulary has lowercase a list"),
    "a flag of another level": ({"tokenised": True}, "its vocabulary has 'tokenised', which this minrnn does not know"),
    "a long name": ({"n" * 1000: True}, f"its vocabulary has '{'n' * 60}', which"),
}


@pytest.mark.parametrize("changes, message", FAULTS.values(), ids=FAULTS)
def test_a_vocabulary_that_makes_no_sense_is_refused(changes, message):
    saved = {"level": "char", "symbols": ["a", "b", "<unk>"], "lowercase": False, "letters": True}
    CharVocabulary.check(saved)
    with pytest.raises(ValueError) as error:
        CharVocabulary.check(saved | changes)
    assert message in str(error.value) and len(str(error.value)) < 120


@pytest.mark.parametrize("changes", [{"symbols": list(range(255))}, {"symbols": ["a"]}, {"lowercase": True}])
def test_bytes_are_all_bytes_and_never_folded(changes):
    with pytest.raises(ValueError, match="its vocabulary has"):
        ByteVocabulary.check(ByteVocabulary().as_dict() | changes)


def test_checking_takes_no_more_memory_than_a_list_of_the_symbols():
    symbols = [f"w{k}" for k in range(100_000)]
    tracemalloc.start()
    WordVocabulary.check({"level": "word", "symbols": symbols})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * symbols.__sizeof__()
