"""What is held out of a text, and which file a symbol came from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import TextError, file_at, hold_out, spread

seeded = settings(derandomize=True, deadline=None)
# How many symbols each file has.
sizes = st.lists(st.integers(0, 7) | st.just(0), min_size=1, max_size=8)


def files_of(sizes):
    """(symbols, starts): every symbol is its own place in the text."""
    return np.arange(sum(sizes)), [sum(sizes[:k]) for k in range(len(sizes))]


def refusal(*args, **options):
    with pytest.raises(TextError) as caught:
        hold_out(*args, **options)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


@seeded
@given(sizes, st.data())
def test_holding_out_cuts_the_text_in_two_and_loses_nothing(sizes, data):
    symbols, starts = files_of(sizes)
    ways = [st.fixed_dictionaries({"val": st.floats(0, 1)}), st.just({})]
    if len(symbols) > 1:
        ways.append(st.fixed_dictionaries({"val_first": st.integers(1, len(symbols) - 1)}))
    most = sum(start > 0 for start in starts)
    if most:
        ways.append(st.fixed_dictionaries({"val_files": st.integers(1, most)}))
    train, held_out, offset = hold_out(symbols, starts, **data.draw(st.one_of(ways)))
    np.testing.assert_array_equal(np.sort(np.concatenate([train, held_out])), symbols)
    np.testing.assert_array_equal(train, np.arange(offset, offset + len(train)))
    np.testing.assert_array_equal(held_out, np.arange(len(held_out)) + (0 if offset else len(train)))
    for part in (train, held_out):
        assert part.base is symbols


@seeded
@given(st.integers(0, 500), st.floats(0, 1))
def test_a_share_is_held_out_at_the_end(n, val):
    train, held_out, offset = hold_out(np.arange(n), [0], val)
    assert abs(len(held_out) - n * val) <= 0.5
    assert offset == 0 and len(train) + len(held_out) == n


def test_a_tenth_of_forty_symbols_is_the_last_four():
    train, held_out, offset = hold_out(np.arange(40), [0, 38], 0.1)
    assert list(held_out) == [36, 37, 38, 39]
    assert (len(train), offset) == (36, 0)


def test_the_first_symbols_are_held_out_and_learning_begins_after_them():
    train, held_out, offset = hold_out(np.arange(11), [0, 2], val_first=4)
    assert list(held_out) == [0, 1, 2, 3]
    assert list(train) == [4, 5, 6, 7, 8, 9, 10]
    assert offset == 4


@pytest.mark.parametrize("count, first", [(1, 9), (2, 5), (3, 5), (4, 2)])
def test_the_last_files_are_held_out_whole(count, first):
    symbols, starts = files_of([2, 3, 0, 4, 6])
    train, held_out, offset = hold_out(symbols, starts, val_files=count)
    assert list(held_out) == list(range(first, 15))
    assert (len(train), offset) == (first, 0)


def test_nothing_is_held_out_unless_asked_for():
    symbols, starts = files_of([3, 4])
    train, held_out, offset = hold_out(symbols, starts)
    assert (len(train), len(held_out), offset) == (7, 0, 0)


@pytest.mark.parametrize("val_first", [15, 16, 900])
def test_holding_out_all_symbols_is_refused(val_first):
    message = refusal(*files_of([2, 3, 4, 6]), val_first=val_first)
    assert message.startswith(f"--val-first {val_first} holds out all of the text's 15 symbols; ")


@pytest.mark.parametrize(
    "sizes, val_files, files", [([2, 3, 4], 3, "3 files"), ([2, 3], 7, "2 files"), ([5], 1, "1 file")]
)
def test_holding_out_all_files_is_refused(sizes, val_files, files):
    message = refusal(*files_of(sizes), val_files=val_files)
    assert message.startswith(f"--val-files {val_files} holds out all of the text's {files}; ") and "--val" in message


def test_holding_out_all_but_empty_files_is_refused():
    message = refusal(*files_of([0, 0, 5, 4]), val_files=2)
    assert "leave one with text in it" in message


@seeded
@given(sizes)
def test_every_symbol_came_from_its_file_and_none_from_an_empty_one(sizes):
    symbols, starts = files_of(sizes)
    files = [f"file {k}" for k in range(len(sizes))]
    owners = [file for file, size in zip(files, sizes) for _ in range(size)]
    assert [file_at(starts, files, position) for position in symbols] == owners


def test_holding_out_only_empty_files_is_refused():
    symbols = np.arange(10)
    with pytest.raises(TextError, match=r"--val-files 1 holds out nothing.*empty"):
        hold_out(symbols, [0, 6, 10], val_files=1)
    assert len(hold_out(symbols, [0, 6, 10], val_files=2)[1]) == 4


def test_a_short_text_is_its_own_part():
    text = np.arange(500)
    assert spread(text, 500) is text and spread(text, 9000) is text


@pytest.mark.parametrize("n, most", [(1_000_000, 64_000), (70_000, 64_000), (5000, 2000), (5000, 3), (64_001, 64_000)])
def test_a_part_of_a_text_comes_from_all_over_it_in_long_pieces(n, most):
    part = spread(np.arange(n), most)
    assert 0.95 * most <= len(part) <= most and len(np.unique(part)) == len(part)
    jumps = np.flatnonzero(np.diff(part) != 1)
    assert len(jumps) < 32 and (len(jumps) + 1) * min(1000, most) <= max(most, 1000)
    starts = part[np.concatenate([[0], jumps + 1])]
    assert starts[0] == 0 and (len(starts) == 1 or np.ptp(np.diff(starts)) <= 1)
