"""Words as the readers of each script see them: the word boundaries of Unicode (UAX #29), a little simpler.

A word is a run of letters, digits and _, with what belongs to them: combining marks (so NFC and NFD are cut alike),
the joiners ZWJ and ZWNJ, apostrophes inside, and in Catalan, Hebrew and Armenian their own signs inside words. A run
of katakana is a word, too. Chinese, hiragana, Thai, Lao, Khmer, Burmese and others are written without spaces, and
finding their words needs a dictionary: there each character is a symbol, with the marks on it. So is each punctuation
mark, and each emoji with all that is joined to it. A run of white space is one symbol. Nothing is lost: the symbols
of a text, one after the other, are the text.

English and other text without these characters is cut as by the rule of wordpunct.
"""

import re
import unicodedata
from functools import cache
from itertools import groupby

# Inside sets of characters: letters that are words by themselves, and katakana.
IDEOGRAPHS = (
    "\u3005-\u3007\u3021-\u3029\u3038-\u303a\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00017000-\U00018dff\U0001b170-\U0001b2ff\U00020000-\U0003ffff"
)
HIRAGANA = "\u3041-\u3096\u309d-\u309f\U0001b001-\U0001b11f\U0001b150-\U0001b152"
# Line_Break=Complex_Context, without digits: Thai, Lao, Burmese, Khmer, Tai Le, New Tai Lue, Tai Tham, Tai Viet, Ahom.
SPACELESS = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u109a-\u109f\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7f"
    "\u1780-\u17dc\u1950-\u1974\u1980-\u19c9\u19da\u1a20-\u1a7c\uaa80-\uaadf\U00011700-\U0001172b\U00011740-\U00011746"
)
KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
ALONE = IDEOGRAPHS + HIRAGANA + SPACELESS
LETTER = rf"[^\W{ALONE}{KATAKANA}]"
# Between two letters: apostrophes, middle dots, the gershayim of Hebrew, and invisible signs such as a soft hyphen.
INSIDE = "'‘’\uff07\xb7\u0387\u2027\u05f4\xad\u061c\u180e\u200e\u200f\u2060\ufeff"
HEBREW_QUOTE = r'"(?<=[\u0590-\u05ff]")(?=[\u05d0-\u05ea])'  # It often stands for the gershayim.
# What follows a letter beside the marks: joiners, signs of Armenian and Hebrew, the vowel am of Thai and Lao.
ATTACHED = "\u200c\u200d\u055a-\u055c\u055e\u05f3\u0e33\u0eb3"
# What follows an emoji beside these: the colours of skin, and the tags of flags.
MODIFIERS = "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
PICTURE = "[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
# The next consonant is written below the last one: Burmese, Khmer, Tai Tham.
STACKERS = "\u1039\u17d2\u1a60"
# These begin a symbol wherever they stand, unlike quotes and <.
ENDING = re.escape("!#$%&()*+,-./:;=?@[\\]^`{|}~")
# Marks begin here: a quick no for most characters.
LATER = r"(?![\0-\u02ff])"


@cache
def patterns() -> tuple[re.Pattern, re.Pattern]:
    """(symbols, end): what `findall` cuts into symbols; what `match` ends where a symbol ends, whatever follows."""
    marks = combining_marks() + ATTACHED
    word = rf"{LETTER}+(?:{LATER}[{marks}]+{LETTER}*|[{INSIDE}]{LETTER}+|{HEBREW_QUOTE}{LETTER}+)*"
    joined = rf"(?<=\u200d){PICTURE}|(?<=[{STACKERS}])[{SPACELESS}]"
    character = rf"\S(?:{LATER}[{marks}{MODIFIERS}]+(?:{joined})?)*"
    symbols = rf"<unk>|{word}|\s+|[{KATAKANA}][{KATAKANA}{marks}]*|{FLAG}|{character}"
    # Before white space, or before a character that is a word by itself and goes with nothing before it.
    end = rf"(?s:.*)(?<![\s{STACKERS}])(?=[\s{ENDING}{ALONE}])(?![{marks}])"
    return re.compile(symbols), re.compile(end)


def combining_marks() -> str:
    """All combining marks, as ranges inside a set of characters: far faster than one by one."""
    points = (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
    marks = [k for k in points if unicodedata.category(chr(k))[0] == "M"]
    runs = [[k for _, k in run] for _, run in groupby(enumerate(marks), key=lambda pair: pair[1] - pair[0])]
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)


def words(piece: str) -> list[str]:
    """The symbols of a string."""
    return patterns()[0].findall(piece)


def sure_end(piece: str) -> int:
    """The last place where a symbol ends, whatever follows; 0 if there is none."""
    found = patterns()[1].match(piece)
    return found.end() if found else 0
