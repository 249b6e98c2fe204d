"""What a person should know of how a text became symbols: what is lost of it, and words that never come again."""

import numpy as np

from .errors import TextError
from .text import Text
from .vocabulary import Vocabulary
from .words import WordVocabulary

# Of the visible characters, --letters keeps at least this share, or the text is refused.
LEAST = 0.1
FEWEST_WORDS = 100


def advice(text: Text, vocabulary: Vocabulary, symbols: np.ndarray) -> tuple[list[str], list[str]]:
    """(notes, warnings) on a text and its symbol ids (n,), a line each: a warning where most of the text is lost.

    Raises TextError where next to nothing remains.
    """
    notes, warnings = text.all_notes(), list(text.warnings)
    kept, visible = map(sum, zip((0, 0), *text.kept.values()))
    if kept < visible / 2:
        line = f"--letters keeps {kept:,} of the text's {visible:,} visible characters; the others become spaces"
        if kept < LEAST * visible:
            raise TextError(f"{line}: leave out --letters, or give a text in the letters a to z")
        warnings.append(line)
    if vocabulary.unknown is not None and len(symbols):
        share = np.mean(symbols == vocabulary.unknown)
        line = f"<unk> stands for {share:.1%} of the text's {len(symbols):,} symbols"
        if share > 0.5:
            warnings.append(f"{line}, as the vocabulary has only {len(vocabulary):,}: give a larger --vocab-size")
        elif share:
            notes.append(line)
    if isinstance(vocabulary, WordVocabulary):
        words = np.bincount(symbols, minlength=len(vocabulary))[vocabulary.fillers()]
        once, n = np.count_nonzero(words == 1), words.sum()
        if once > n / 2 and n >= FEWEST_WORDS:
            notes.append(
                f"{once:,} of the text's {n:,} words occur only once, and a model cannot learn what follows them: take "
                "--level char, or --vocab-size N, which reads rare words as <unk>"
            )
    return notes, warnings
