"""In every script, a word is what its readers call one, however it is normalised; nothing of a text is lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import in_pieces, piece_sizes, seeded, text_of

from data import LEVELS, TextError, WordVocabulary, vocabulary_from
from data.unicode_words import sure_end, words

# The words of a text, with a space between them where the text has none: what a reader would mark.
SCRIPTS = {
    "Hindi": ("हिन्दी भाषा में क्षत्रिय किताब है।", "हिन्दी भाषा में क्षत्रिय किताब है ।"),
    "Tamil": ("தமிழ் மொழி, கொழும்பு", "தமிழ் மொழி , கொழும்பு"),
    "Bengali": ("বাংলা ভাষার বই", "বাংলা ভাষার বই"),
    "Malayalam with a final ZWJ": ("അവന്\u200d വന്നു.", "അവന്\u200d വന്നു ."),
    "Sinhala with ZWJ": ("ශ්\u200dරී ලංකා", "ශ්\u200dරී ලංකා"),
    "Arabic": ("اللُّغَةُ العَرَبِيَّة، ٢٠٢٤", "اللُّغَةُ العَرَبِيَّة ، ٢٠٢٤"),
    "Hebrew": ('שָׁלוֹם צה״ל צה"ל ג׳ירפה "כן"', 'שָׁלוֹם צה״ל צה"ל ג׳ירפה " כן "'),
    "Persian with ZWNJ": ("می\u200cخواهم کتاب\u200cها را", "می\u200cخواهم کتاب\u200cها را"),
    "Greek": ("τὸν ἄνδρα, ῥήτωρ;", "τὸν ἄνδρα , ῥήτωρ ;"),
    "Russian": ("Подъём в пятьдесят—да!", "Подъём в пятьдесят — да !"),
    "Vietnamese": ("Tiếng Việt rất đẹp.", "Tiếng Việt rất đẹp ."),
    "Korean": ("한국어 문장입니다.", "한국어 문장입니다 ."),
    "Armenian": ("Ինչո՞ւ գնացիր։", "Ինչո՞ւ գնացիր ։"),
    "Catalan": ("col·lecció l'amic", "col·lecció l'amic"),
    "Uzbek": ("o‘zbek tili oʻzbek", "o‘zbek tili oʻzbek"),
    "Amharic": ("ሰላም፡ዓለም።", "ሰላም ፡ ዓለም ።"),
    "Tibetan": ("བོད་སྐད།", "བོད ་ སྐད །"),
    "Mongolian": ("ᠬᠠᠷ\u180eᠠ ᠮᠣᠷᠢ", "ᠬᠠᠷ\u180eᠠ ᠮᠣᠷᠢ"),
    "Chinese": ("我有2个iPhone，人々。", "我 有 2 个 iPhone ， 人 々 。"),
    "Japanese": ("東京タワーはiPadケース。", "東 京 タワー は iPad ケース 。"),
    "kana with marks": ("がギガ、", "が ギガ 、"),
    "Thai": ("ภาษาไทยน้ำ ที่", "ภ า ษ า ไ ท ย น้ำ ที่"),
    "Khmer": ("ភាសាខ្មែរ", "ភា សា ខ្មែ រ"),
    "Burmese": ("မြန်မာအင်္ဂ", "မြ န် မာ အ င်္ဂ"),
    "Lao": ("ພາສາລາວນ້ຳ", "ພ າ ສ າ ລ າ ວ ນ້ຳ"),
    "soft hyphens": ("Donau\xaddampf\xad schiff", "Donau\xaddampf \xad schiff"),
    "emoji": ("👩‍👩‍👧‍👦👍🏽❤️‍🔥☺ok🏳️‍🌈", "👩‍👩‍👧‍👦 👍🏽 ❤️‍🔥 ☺ ok 🏳️‍🌈"),
    "flags": ("🇪🇺🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿!", "🇪🇺 🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 !"),
    "keycaps": ("1️⃣2️⃣ #️⃣", "1️⃣2️⃣ #️⃣"),
}
# Letters, marks, joiners and pictures of all kinds, in any order.
mixed = st.text(
    st.sampled_from(
        "aé'’\"1_-.,;=@^`{|~ \n\u0301\u200c\u200d\xad\u200fक\u094dிகைกำเ\u0e49ខ\u17d2မ\u1039\u103aן״我か\u3099カー"
        "한\u1100\u1161👩👍\U0001f3fd🇪☺\ufe0f\u20e3<unk>\u2028\udcff"
    ),
    max_size=40,
)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("content, expected", SCRIPTS.values(), ids=SCRIPTS)
def test_a_word_is_what_a_reader_of_the_script_calls_one(content, expected, form):
    content, expected = unicodedata.normalize(form, content), unicodedata.normalize(form, expected)
    assert [word for word in words(content) if word != " "] == expected.split(" ")


@pytest.mark.parametrize("content", [content for content, _ in SCRIPTS.values()], ids=SCRIPTS)
@pytest.mark.parametrize("size", [1, 2, 5, 1 << 20])
def test_a_text_of_any_script_comes_back_exactly_and_from_its_checkpoint(content, size):
    for form in ("NFC", "NFD"):
        line = unicodedata.normalize(form, content) + "\n"
        text = text_of(line * 3)
        vocabulary = in_pieces(size, WordVocabulary.learn, text)
        assert vocabulary.tokeniser == "unicode"
        ids, _ = in_pieces(size, vocabulary.encode_text, text)
        again = vocabulary_from(vocabulary.as_dict())
        assert again.decode(ids) == line * 3 and again.encode(line * 3).tolist() == ids.tolist()


@pytest.mark.parametrize("content", [content for content, _ in SCRIPTS.values()], ids=SCRIPTS)
def test_no_word_begins_with_a_mark_or_a_joiner(content):
    for form in ("NFC", "NFD"):
        for word in words(unicodedata.normalize(form, content)):
            assert unicodedata.category(word[0])[0] != "M" and word[0] not in "\u200c\u200d", word


@seeded
@given(mixed)
def test_the_words_of_anything_are_the_text(content):
    assert "".join(words(content)) == content


@seeded
@given(mixed, mixed)
def test_a_sure_end_is_one_whatever_follows(content, more):
    end = sure_end(content)
    assert words(content[:end]) + words(content[end:] + more) == words(content + more)


@seeded
@given(mixed, piece_sizes)
def test_pieces_of_any_size_have_the_same_words(content, size):
    content = content.replace("\udcff", "")
    text = text_of(content)
    vocabulary = in_pieces(size, WordVocabulary.learn, text, tokeniser="unicode")
    ids, _ = in_pieces(size, vocabulary.encode_text, text)
    assert [vocabulary.symbols[k] for k in ids] == words(content)


@seeded
@given(st.text(st.sampled_from("aZé’'_-., \n09ß€ÿ²"), max_size=60))
def test_western_text_has_the_words_that_older_models_have(content):
    older = WordVocabulary((), tokeniser="wordpunct")
    assert words(content) == older.split(content)


@pytest.mark.parametrize(
    "content",
    ["我" * 99, "ก" * 99, "か" * 99, "a,b" * 33, '"a":[' * 20],
    ids=["Chinese", "Thai", "kana", "csv", "json"],
)
def test_a_text_without_spaces_is_not_kept_in_memory_as_one_piece(content):
    assert 97 <= sure_end(content) < len(content)


# Checkpoints


def test_a_vocabulary_without_the_name_of_a_tokeniser_has_the_rule_of_its_time():
    saved = {"level": "word", "symbols": sorted({"ह", "ि", "न", "्", "द", "ी"}), "lowercase": False, "letters": False}
    vocabulary = vocabulary_from(saved)
    assert vocabulary.tokeniser == "wordpunct" and len(vocabulary.encode("हिन्दी")) == 6
    assert vocabulary_from({**saved, "tokenised": True}).tokeniser == "spaces"


def test_the_names_of_tokenisers_are_saved_and_checked():
    content = "ab cd ef\n"
    for name in ("unicode", "spaces", "wordpunct"):
        saved = WordVocabulary.learn(text_of(content), tokeniser=name).as_dict()
        WordVocabulary.check(saved)
        assert vocabulary_from(saved).tokeniser == name and vocabulary_from(saved).as_dict() == saved
    for wrong in ("gpt", "x" * 999, ["unicode"], None):
        with pytest.raises(ValueError, match=r"tokeniser .{0,70}, which this minrnn does not know"):
            WordVocabulary.check({**saved, "tokeniser": wrong})
    with pytest.raises(ValueError, match="'tokeniser'"):
        LEVELS["char"].check({"level": "char", "symbols": ["a"], "tokeniser": "unicode"})


# What "auto" takes

BANK = " the <unk> said n't mr. o'brien \n"


@pytest.mark.parametrize("odd", ["  the  cat sat \n", " the\tcat sat \n", "the cat sat\n"])
def test_a_little_odd_white_space_does_not_make_a_tokenised_text_ordinary(odd):
    text = text_of(BANK * 20 + odd + BANK * 20)
    vocabulary = WordVocabulary.learn(text)
    assert vocabulary.tokenised
    (warning,) = text.warnings
    assert "--tokeniser unicode" in warning and " of its 245 runs" in warning
    assert vocabulary.decode(vocabulary.encode_text(text)[0]).split() == (BANK * 20 + odd + BANK * 20).split()


def test_a_text_that_is_tokenised_everywhere_comes_without_a_warning():
    text = text_of(BANK * 20, BANK)
    assert WordVocabulary.learn(text).tokenised and not text.warnings


@pytest.mark.parametrize("size", [1, 3, 7, 1 << 20])
@pytest.mark.parametrize(
    "content", ["The cat  sat.\nIt saw\n" * 9, " the cat \n" * 5 + "the  cat\n" * 5, " a b", "a b\n", " a  b c d \n"]
)
def test_what_auto_takes_does_not_depend_on_the_pieces(content, size):
    whole = WordVocabulary.learn(text_of(content)).tokeniser
    assert in_pieces(size, WordVocabulary.learn, text_of(content)).tokeniser == whole
    assert whole == ("spaces" if content == " a b" else "unicode")


def test_a_tokeniser_that_is_named_is_taken():
    ordinary, bank = text_of("Don't  go, हिन्दी\n"), text_of(BANK)
    assert WordVocabulary.learn(ordinary, tokeniser="spaces").symbols == ["\n", "Don't", "go,", "हिन्दी"]
    assert "्" in WordVocabulary.learn(ordinary, tokeniser="wordpunct").symbols
    vocabulary = WordVocabulary.learn(bank, tokeniser="unicode")
    assert vocabulary.decode(vocabulary.encode(BANK)) == BANK and " " in vocabulary.symbols


def test_unknown_words_of_any_script_are_refused_by_name():
    vocabulary = WordVocabulary.learn(text_of("हिन्दी भाषा\n"))
    with pytest.raises(TextError, match="किताब"):
        vocabulary.encode("किताब")
