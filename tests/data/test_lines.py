"""Lines are held out at random, and a text of sorted lines is recognised."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import TextError, file_at, hold_out_lines, looks_sorted

NAMES = [f"{first}{second}{n}" for n in range(10) for first in "aBcDeFg" for second in "xYz"]
random.Random(5).shuffle(NAMES)


def symbols_of(text):
    return np.frombuffer(text.encode(), np.uint8)


def lines_of(symbols):
    return bytes(symbols).decode().splitlines(keepends=True)


def held_out_of(text, share, seed=0, starts=(0,)):
    return hold_out_lines(symbols_of(text), list(starts), ord("\n"), share, np.random.default_rng(seed))


def test_whole_lines_are_drawn_and_keep_their_order():
    lines = [f"{n:03} and more\n" for n in range(200)]
    train, held_out, _ = held_out_of("".join(lines), 0.25)
    drawn = lines_of(held_out)
    assert len(drawn) == 50 and drawn == sorted(drawn)
    assert lines_of(train) == [line for line in lines if line not in drawn]
    assert max(np.diff([lines.index(line) for line in drawn])) < 40  # not only from one place


def test_the_seed_decides_which():
    text = "".join(f"{n}\n" for n in range(100))
    draws = [held_out_of(text, 0.1, seed)[1].tobytes() for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


@settings(derandomize=True, deadline=None)
@given(st.lists(st.text("ab\n", max_size=9), min_size=1, max_size=6), st.floats(0.01, 0.99), st.integers(0, 99))
def test_nothing_is_lost_and_every_symbol_keeps_its_file(files, share, seed):
    text = "".join(files)
    starts = [len("".join(files[:k])) for k in range(len(files))]
    marked = symbols_of(text)
    try:
        train, held_out, found = held_out_of(text, share, seed, starts)
    except TextError:
        pieces = [line for file in files for line in file.splitlines(keepends=True)]
        assert len(pieces) < 2
        return
    assert len(train) and len(held_out)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, held_out])), np.sort(marked))
    names = [f"file {k}" for k in range(len(files))]
    for k, name in enumerate(names):
        mine = [train[t] for t in range(len(train)) if file_at(found, names, t) == name]
        assert set(lines_of(mine)) <= set(files[k].splitlines(keepends=True))


def test_a_text_without_lines_is_refused():
    with pytest.raises(TextError, match=r"--val-lines 0.1 draws lines, but the text has no two; .*--val"):
        held_out_of("no line ends here", 0.1)


@pytest.mark.parametrize(
    "lines, expected",
    [
        (sorted(NAMES), True),
        (sorted(NAMES, key=str.casefold), True),
        (sorted(NAMES, reverse=True), True),
        (["zoo", *sorted(NAMES, key=str.casefold), "abc"], True),
        (NAMES, False),
        (sorted(NAMES)[:20], False),  # too few to tell
        (["the same line"] * 200, False),
        ([], False),
    ],
)
def test_sorted_lines_are_recognised(lines, expected):
    symbols = symbols_of("".join(f"{line}\n" for line in lines))
    found = looks_sorted(symbols, ord("\n"), lambda ids: bytes(ids.astype(np.uint8)).decode())
    assert found == expected
