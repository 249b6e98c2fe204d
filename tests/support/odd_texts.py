"""Odd texts for train.py: encodings, scripts, and hardly any text at all."""

import os

from odd import CATS, folder_of, learned, link, reading, training

ARABIC = "قالت القطة شيئا عن الحصيرة.\n"
HEBREW_MARKED = "שָׁלוֹם, \u202bחתול\u202c!\n"
COMBINED = "e\u0301a\u0308o\u0302 Z\u0335\u0321\u035b\u0300a\u0301\n"
FAMILIES = "👩‍👩‍👧‍👦 👍🏽 🇪🇺 ❤️‍🔥\n"
WORDS = " ".join(f"w{k * 7919 % 60_000}" for k in range(60_000)) + "\n"


def different(symbols, *says):
    return learned(says=[f" {symbols} different", *says])


TEXTS = {
    # Encodings.
    "UTF-8 with a byte order mark": reading(
        b"\xef\xbb\xbf" + CATS.encode(), check=learned(says=["byte order mark dropped"])
    ),
    "UTF-16": reading(CATS.encode("utf-16"), check=learned(says=["byte order mark dropped"])),
    "UTF-16 without a byte order mark": reading(
        CATS.encode("utf-16-le"), words=["t.txt", "NUL byte", "--encoding utf-16-le"]
    ),
    "UTF-32": reading(CATS.encode("utf-32"), check=learned(says=["byte order mark dropped"])),
    "UTF-16 that ends in the middle of a character": reading(
        CATS.encode("utf-16")[:1999], words=["t.txt is not UTF-16", "offset", "--level byte"]
    ),
    "a few letters of Latin-1": reading(
        CATS.replace("No,", "Né,", 1).encode("latin-1"),
        "--quiet",
        words=["t.txt is not UTF-8", "byte 0xE9 at offset", "--encoding latin-1", "iconv -f latin1"],
    ),
    "surrogates in UTF-8": reading(
        CATS.encode() + b"\xed\xa0\xbd\xed\xb8\x80", words=["t.txt is not UTF-8", "byte 0xED at offset"]
    ),
    "CR LF": reading(CATS.replace("\n", "\r\n").encode(), check=learned(says=["folded to LF", "held out"])),
    "separators between words": reading("ab\u2028cd\u2029ef\x85" * 60, "--level", "word", check=different(6)),
    "control characters": reading("\x1b[31mred\x1b[0m\a\b\n" * 60),
    # Scripts.
    "words written from right to left": reading(HEBREW_MARKED * 40, "--level", "word"),
    "combining characters": reading(COMBINED * 40, "--sample-style", "one,several,rows"),
    "emoji that are joined": reading(FAMILIES * 40, "--sample-style", "one,several,rows"),
    "--letters on a text without letters of the alphabet": reading(
        "東京は日本の首都です。" * 40, "--letters", words=["--letters keeps 0 of the text's 440", "leave out --letters"]
    ),
    "capitals whose lower case is longer": reading("İstanbul ẞ ŉ ǰ Σας\n" * 40, "--lowercase"),
    # Hardly any text.
    "one symbol repeated": reading("a" * 600, check=different(1, "lstm")),
    "one symbol repeated, bidirectional": reading("a" * 600, "--cell", "bigru", check=different(1)),
    "one symbol twice": reading("aa", "--val", 0, check=different(1)),
    "white space only, as words": reading("\n" * 500, "--level", "word", words=["only 1 symbol", "longer"]),
    "a text without spaces, as words": reading(b"x" * 900, "--level", "word", words=["only 1 symbol", "--level char"]),
    "only a byte order mark": reading(b"\xef\xbb\xbf", words=["t.txt", "empty"]),
    "an empty text as words": reading(b"", "--level", "word", words=["t.txt", "empty"]),
    "three symbols held out": reading("ab" * 15, check=learned(says=["3 symbols held out"])),
    "a vocabulary of sixty thousand words": reading(WORDS, "--level", "word", check=different("60002"), slow=True),
    # Where the text is.
    "a text twice": training(text=("cats.txt", "./cats.txt"), check=learned(says=["1 file,"])),
    "a folder with no text": training(text=("d",), files={"d": folder_of()}, words=["d has no text files", "name"]),
    "a folder with a binary and a text": training(
        text=("d",), files={"d": folder_of(a_bin=b"\0\1" * 99, b_txt=CATS)}, check=learned(says=["left out: 1"])
    ),
    "a folder with all kinds of links": training(
        text=("d",),
        files={"d": folder_of(a_txt=CATS, up=link(".."), gone=link("nowhere"), loop=link("loop"), pipe=os.mkfifo)},
        check=learned(says=["1 file,"]),
    ),
    "a glob through a loop": training(
        text=("d/**/*.txt",), files={"d": folder_of(a_txt=CATS, here=link("."))}, check=learned(says=["1 file,"])
    ),
    "a glob for nothing": training(text=("*.rst",), words=["no file matches *.rst", "pattern"]),
    "a pipe": training(text=("t",), files={"t": os.mkfifo}, words=["t is not a regular file", "save"]),
    "the null device": training(text=("/dev/null",), words=["/dev/null is not a regular file", "save"]),
    "a text on standard input": training(text=("/dev/stdin",), around='exec "$@" < cats.txt'),
    "a dash": training(text=("-",), check=learned(says=["1 file,"]), around='"$@" < cats.txt'),
    "a dash, and nothing comes": training(text=("-",), words=["- is empty", "give a text"], around='"$@" < /dev/null'),
    "a dash, and standard input is closed": training(text=("-",), words=["- is standard input"], around='"$@" <&-'),
    "a dash, and a gzip file comes": training(text=("-",), around='gzip -c cats.txt | "$@"'),
    "a link to nothing": training(text=("t",), files={"t": link("nowhere")}, words=["t does not exist", "give"]),
    "a link to itself": training(text=("t",), files={"t": link("t")}, words=["t ", "give"]),
    "a path below a file": training(text=("cats.txt/t",), words=["cats.txt/t", "give"]),
}
