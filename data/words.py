"""Words, as a tokeniser cuts them; all but `spaces` give the text back exactly."""

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np

from .text import Text
from .tokenisers import TOKENISERS
from .vocabulary import Vocabulary

AUTO = "auto"
# What files say that have no name of a tokeniser: whether the text was tokenised.
OLDER = {False: "wordpunct", True: "spaces"}
WHITE = re.compile(r"\s+")
# The white space of " a b \n c \n", where a space follows; and how much of a tokenised text's may be different.
TOKENISED, ODD = re.compile(r"(?: \n)* "), 0.05


class WordVocabulary(Vocabulary):
    """One symbol per word, punctuation mark, or run of white space, as the tokeniser of this name cuts them.

    A text that is `tokenised` already, like Penn Treebank, keeps its own tokens: whatever stands
    between spaces. Its line ends are symbols, its spaces are not.
    """

    level = "word"
    headline = "perplexity"

    def __init__(
        self,
        symbols: Iterable[str],
        lowercase: bool = False,
        letters: bool = False,
        tokenised: bool = False,
        tokeniser: str | None = None,
    ) -> None:
        super().__init__(symbols, lowercase, letters)
        self.tokeniser = tokeniser or OLDER[tokenised]
        self.tokenised = self.tokeniser == "spaces"
        self.cut = TOKENISERS[self.tokeniser]

    @classmethod
    def style(cls, text: Text, folding: dict[str, bool | str]) -> dict[str, bool | str]:
        """The folding and the tokeniser. "auto" is `spaces` for a text that is tokenised already, else `unicode`."""
        if folding.get("tokeniser", AUTO) != AUTO:
            return folding
        spaces = folding | {"tokeniser": "spaces"}
        ends, gaps = odd_white_space(cls((), **spaces), text)
        if any(odd > ODD * total for odd, total in (ends, gaps)):
            return folding | {"tokeniser": "unicode"}
        if odd := ends[0] + gaps[0]:
            text.warn(
                f"the text is tokenised already, except for {odd:,} of its {ends[1] + gaps[1]:,} runs of white space, "
                "which are read as a space or a line end; --tokeniser unicode keeps them"
            )
        return spaces

    def last_end(self, piece: str) -> int:
        return self.cut.end(piece)

    def split(self, piece: str) -> list[str]:
        return self.cut.split(piece)

    def join(self, symbols: Iterable[str]) -> str:
        """Tokens of a tokenised text get back the space before them: " the cat sat \\n"."""
        return super().join(" " + s for s in symbols) if self.tokenised else super().join(symbols)

    def about(self) -> list[str]:
        return [f"words: --tokeniser {self.tokeniser}: {self.cut.about}"]

    def blanks(self, run: str) -> int:
        """A run of blanks is one word."""
        return 1

    def fillers(self) -> np.ndarray:
        """White space is a symbol too, but nobody wants it in a blank."""
        return np.array([not s.isspace() for s in self.symbols])

    def as_dict(self) -> dict:
        named = {} if self.tokeniser == OLDER[self.tokenised] else {"tokeniser": self.tokeniser}
        return {**super().as_dict(), "tokenised": self.tokenised, **named}

    @classmethod
    def check(cls, saved: dict) -> None:
        name = saved.get("tokeniser", OLDER[False])
        if type(name) is not str or name not in TOKENISERS:
            shown = repr(name[:60]) if type(name) is str else f"a {type(name).__name__}"
            raise ValueError(f"its vocabulary has the tokeniser {shown}, which this minrnn does not know")
        super().check({key: value for key, value in saved.items() if key != "tokeniser"})


def odd_white_space(reader: WordVocabulary, text: Text) -> tuple[tuple[int, int], tuple[int, int]]:
    """(odd, all) runs of white space with a line end in them, and those without: odd in a text that is tokenised.

    Where a file begins counts as a line end.
    """
    runs = Counter()
    for path in text.files:
        first = last = ""
        for piece in reader.read(text, path):
            runs.update(WHITE.findall(piece))
            first, last = first or piece[:1], piece or last
        if first:
            runs[" \n " if first == " " else "\n"] += 1
        # A space may follow what ends the file.
        if end := last[len(last.rstrip()) :]:
            runs.subtract([end])
            runs[end + " "] += 1
    counts = ([], [])
    for run, n in runs.items():
        counts["\n" not in run].append((0 if TOKENISED.fullmatch(run) else n, n))
    return tuple((sum(odd for odd, _ in kind), sum(n for _, n in kind)) for kind in counts)
