"""What the tests of vocabularies share: texts of all kinds, and helpers that put them into files."""

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st

import data.text
from data import LEVELS, Text

REAL_TEXTS = Path(__file__).parents[3] / "shared" / "data"
FOLDER = tempfile.TemporaryDirectory()
NUMBERS = itertools.count()

seeded = settings(derandomize=True, deadline=None)
every_level = pytest.mark.parametrize("level", LEVELS)
char_and_word = pytest.mark.parametrize("level", ["char", "word"])

# Reading drops U+FEFF at the start of a file and turns all line ends into LF, so these do not come back.
anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), max_size=60)
prose = st.text(st.sampled_from("aabBé\U0001f600_7.,-'’ \n\t\u00a0\u2028"), max_size=60)
texts = anything | prose
piece_sizes = st.integers(1, 9)

TREEBANK = " the cat <unk> N sat \n mr. o'brien 's u.s.-made mat $ N N/N <unk> \n it is n't the cat \n"


def text_of(*contents):
    """A Text of new files, one for each of these contents (strings or bytes)."""
    paths = [Path(FOLDER.name) / f"{next(NUMBERS)}.txt" for _ in contents]
    for path, content in zip(paths, contents):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Text([str(path) for path in paths])


def in_pieces(piece, work, /, *args, **options):
    """The result of work(...) when texts are read `piece` characters at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data.text, "PIECE", piece)
        return work(*args, **options)


def real_text(name):
    """A text that is not part of the project; without it the test is skipped."""
    path = REAL_TEXTS / name
    if not path.exists():
        pytest.skip(f"needs {name}, which may not be redistributed with this project")
    return Text([str(path)])
