"""Batches: the target is the true next symbol, rows go on where they stopped, and only a short tail is left out."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import CARRIES, Streams, TextError, fit, windows

seeded = settings(derandomize=True, deadline=None)
rows, lengths = st.integers(1, 9), st.integers(1, 8)
carries = st.sampled_from(CARRIES)
# Those that cut the text into rows of their own; with the other one, every row reads all of it.
cut = st.sampled_from([carry for carry in CARRIES if carry != "endless"])


@st.composite
def texts(draw):
    """(n, N, T) with room for at least one batch and at most a few."""
    N, T = draw(rows), draw(lengths)
    return draw(st.integers(N * T + 1, 6 * N * T)), N, T


def streams(n, N, T, carry="stream"):
    """Every symbol is its own place in the text, so that a batch shows where it was read."""
    return Streams(np.arange(n), N, T, carry)


@seeded
@given(texts(), cut, st.integers(0, 40))
def test_the_target_is_the_true_next_symbol(sizes, carry, step):
    n, N, T = sizes
    x, y = streams(n, N, T, carry).batch(step)
    assert x.shape == y.shape == (T, N)
    np.testing.assert_array_equal(y, x + 1)
    np.testing.assert_array_equal(x, x[0] + np.arange(T)[:, np.newaxis])


@seeded
@given(texts(), st.integers(0, 40))
def test_in_an_endless_text_the_first_symbol_follows_the_last(sizes, step):
    n, N, T = sizes
    x, y = streams(n, N, T, "endless").batch(step)
    assert x.shape == y.shape == (T, N)
    np.testing.assert_array_equal(y, (x + 1) % n)
    np.testing.assert_array_equal(x, (x[0] + np.arange(T)[:, np.newaxis]) % n)


@seeded
@given(texts(), carries, st.integers(0, 40) | st.integers(0, 10**30))
def test_starts_are_where_the_rows_of_a_batch_begin(sizes, carry, step):
    n, N, T = sizes
    starts = streams(n, N, T, carry).starts(step)
    assert starts.shape == (N,) and starts.dtype == np.intp
    assert ((0 <= starts) & (starts < n)).all()
    np.testing.assert_array_equal(streams(n, N, T, carry).batch(step)[0][0], starts)


@pytest.mark.parametrize("carry", CARRIES)
def test_steps_too_large_for_a_machine_integer_are_steps_like_any_other(carry):
    """23 symbols in 3 rows of 2: the batches come again after 9 steps with `stream`, after 23 with `endless`."""
    stream = streams(23, 3, 2, carry)
    assert stream.steps_per_epoch == 3
    huge = 9 * 23 * 10**20
    for step in range(7):
        np.testing.assert_array_equal(stream.batch(huge + step), stream.batch(step))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_batches_of_any_symbol_type_can_index(dtype, rng):
    symbols = rng.integers(0, 200, 101).astype(dtype)
    x, y = Streams(symbols, 4, 3).batch(1)
    assert x.dtype == y.dtype == np.intp
    np.testing.assert_array_equal(x[:, 0], symbols[3:6])
    np.testing.assert_array_equal(y[:, 0], symbols[4:7])


@seeded
@given(texts(), carries)
def test_rows_continue_over_the_batches_of_an_epoch(sizes, carry):
    n, N, T = sizes
    stream = streams(n, N, T, carry)
    for step in range(1, stream.steps_per_epoch):
        np.testing.assert_array_equal(stream.batch(step)[0][0], stream.batch(step - 1)[1][-1])


@seeded
@given(texts())
def test_rows_continue_across_epochs_except_for_one(sizes):
    n, N, T = sizes
    stream = streams(n, N, T, "stream")
    for epoch in range(1, N + 3):
        step = epoch * stream.steps_per_epoch
        jumps = stream.batch(step)[0][0] != stream.batch(step - 1)[1][-1]
        assert jumps.sum() == 1


@seeded
@given(texts(), st.integers(1, 200) | st.integers(1, 10**30))
def test_endless_rows_continue_from_every_batch_to_the_next(sizes, step):
    stream = streams(*sizes, "endless")
    np.testing.assert_array_equal(stream.batch(step)[0][0], stream.batch(step - 1)[1][-1])


@seeded
@given(texts())
def test_endless_rows_start_evenly_and_each_reads_the_whole_text_in_order(sizes):
    n, N, T = sizes
    stream = streams(n, N, T, "endless")
    read = np.concatenate([stream.batch(step)[0] for step in range(2 * n // T + 1)])
    np.testing.assert_array_equal(read[0], np.arange(N) * (n // N))
    np.testing.assert_array_equal(read, (read[0] + np.arange(len(read))[:, np.newaxis]) % n)
    assert len(read) >= 2 * n


@seeded
@given(texts())
def test_in_an_epoch_endless_rows_read_nothing_twice(sizes):
    n, N, T = sizes
    stream = streams(n, N, T, "endless")
    read = np.concatenate([stream.batch(step)[0].ravel() for step in range(stream.steps_per_epoch)])
    assert len(np.unique(read)) == read.size == stream.steps_per_epoch * N * T
    assert stream.steps_per_epoch == streams(n, N, T).steps_per_epoch


def test_an_endless_text_in_small():
    """Two rows of three in nine symbols: they start at 0 and 4, and wrap in the third and the second batch."""
    stream = streams(9, 2, 3, "endless")
    assert [stream.batch(step)[0].T.tolist() for step in range(4)] == [
        [[0, 1, 2], [4, 5, 6]],
        [[3, 4, 5], [7, 8, 0]],
        [[6, 7, 8], [1, 2, 3]],
        [[0, 1, 2], [4, 5, 6]],
    ]
    assert stream.batch(2)[1].T.tolist() == [[7, 8, 0], [2, 3, 4]]


@seeded
@given(texts(), st.sampled_from(["stream", "endless"]))
def test_the_carried_state_is_zero_only_at_the_very_start(sizes, carry):
    stream = streams(*sizes, carry)
    zero = [stream.starts_from_zero(step) for step in range(3 * stream.steps_per_epoch + 1)]
    assert zero == [True] + [False] * (len(zero) - 1)


@seeded
@given(texts(), st.integers(1, 5))
def test_carry_epoch_repeats_the_same_batches_from_a_zero_state(sizes, epoch):
    stream = streams(*sizes, "epoch")
    steps = stream.steps_per_epoch
    for step in range(steps):
        np.testing.assert_array_equal(stream.batch(step), stream.batch(epoch * steps + step))
        assert stream.starts_from_zero(epoch * steps + step) == (step == 0)


@seeded
@given(texts(), st.integers(0, 60))
def test_carry_none_starts_every_batch_from_a_zero_state(sizes, step):
    stream = streams(*sizes, "none")
    assert stream.starts_from_zero(step)
    np.testing.assert_array_equal(stream.batch(step), stream.batch(step % stream.steps_per_epoch))


@seeded
@given(texts(), carries, st.permutations(range(13)))
def test_a_batch_depends_on_its_step_alone(sizes, carry, order):
    used = streams(*sizes, carry)
    for step in order:
        np.testing.assert_array_equal(used.batch(step), streams(*sizes, carry).batch(step))


def test_changing_a_batch_does_not_change_the_text():
    stream = Streams(np.arange(50, dtype=np.intp), 4, 3)
    x, y = stream.batch(0)
    before = x.copy()
    x[:], y[:] = -1, -1
    np.testing.assert_array_equal(stream.batch(0)[0], before)


@seeded
@given(texts(), cut, st.integers(0, 4))
def test_an_epoch_reads_the_text_once_and_drops_less_than_a_batch(sizes, carry, epoch):
    n, N, T = sizes
    stream = streams(n, N, T, carry)
    steps = range(epoch * stream.steps_per_epoch, (epoch + 1) * stream.steps_per_epoch)
    targets = np.sort(np.concatenate([stream.batch(step)[1].ravel() for step in steps]))
    np.testing.assert_array_equal(targets, np.arange(1, targets.size + 1))
    assert 0 <= n - 1 - targets.size < N * T


@seeded
@given(texts(), cut)
def test_over_N_epochs_a_row_reads_the_whole_stream(sizes, carry):
    n, N, T = sizes
    stream = streams(n, N, T, carry)
    steps = N * stream.steps_per_epoch
    read = {int(s) for step in range(steps) for s in stream.batch(step)[0][:, 0]}
    assert len(read) == (steps * T if carry == "stream" else stream.steps_per_epoch * T)


@seeded
@given(rows, lengths, carries, st.data())
def test_too_few_symbols_are_refused(N, T, carry, data):
    n = data.draw(st.integers(0, N * T))
    with pytest.raises(TextError, match=f"^{n} symbols are too few"):
        streams(n, N, T, carry)


def test_one_symbol_more_than_a_batch_is_enough():
    x, y = streams(13, 4, 3).batch(0)
    np.testing.assert_array_equal(x, [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]])
    np.testing.assert_array_equal(y, x + 1)


def test_an_unknown_carry_is_refused():
    with pytest.raises(ValueError, match=r"'sometimes'.*stream, epoch, none, endless"):
        streams(50, 4, 3, "sometimes")


@seeded
@given(st.integers(2, 300), rows, lengths)
def test_windows_have_every_target_once_except_fewer_than_N_at_the_end(n, N, T):
    targets = []
    for x, y in windows(np.arange(n), N, T):
        assert x.shape == y.shape == (len(x), N)
        assert 1 <= len(x) <= T
        np.testing.assert_array_equal(y, x + 1)
        targets.extend(y.ravel())
    assert sorted(targets) == list(range(1, len(targets) + 1))
    assert 0 <= n - 1 - len(targets) < N


@seeded
@given(st.integers(2, 300), rows, lengths)
def test_rows_continue_over_windows_and_only_the_last_is_short(n, N, T):
    parts = list(windows(np.arange(n), N, T))
    for (x, y), (x_next, _) in pairwise(parts):
        assert len(x) == T
        np.testing.assert_array_equal(x_next[0], y[-1])


@seeded
@given(st.integers(2, 400), st.integers(1, 60), st.integers(1, 60))
def test_fit_gives_a_batch_that_the_text_can_fill(n, N, T):
    rows, length = fit(n, N, T)
    assert 1 <= rows <= N and 1 <= length <= T
    assert streams(n, rows, length).steps_per_epoch >= 1


@seeded
@given(texts())
def test_fit_returns_the_batch_asked_for_where_it_can(sizes):
    n, N, T = sizes
    assert fit(n, N, T) == (N, T)


@pytest.mark.parametrize(
    "n, fitted", [(61, (5, 12)), (60, (4, 12)), (25, (2, 12)), (13, (1, 12)), (9, (1, 8)), (2, (1, 1))]
)
def test_fit_takes_fewer_rows_first_and_then_shorter_ones(n, fitted):
    assert fit(n, 5, 12) == fitted
