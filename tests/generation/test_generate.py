"""Generation: the symbols that follow each other, and the text up to the stop string."""

from itertools import islice

import numpy as np
import pytest

from cells import CELLS, Bidirectional
from minrnn.generation.generate import GROUP, generate, generate_many, side_by_side
from minrnn.generation.stream import until
from minrnn.nn.language_model import LanguageModel


@pytest.mark.parametrize("cell", [name for name, cell in CELLS.items() if not issubclass(cell, Bidirectional)])
def test_one_at_a_time_equals_the_whole_sequence(cell, rng):
    model = LanguageModel(5, cell, 2, 6, dtype=np.float64, rng=rng)
    model.params *= 3
    prime = rng.integers(0, 5, 600)
    written = np.concatenate(list(islice(generate(model, side_by_side(prime, 1), rng, greedy=True), 30)))
    logits, _ = model.forward(np.concatenate([prime, written])[:, np.newaxis])
    np.testing.assert_array_equal(logits[599:629, 0].argmax(axis=1), written[:30])


def test_the_same_seed_writes_the_same(rng):
    model = LanguageModel(5, "lstm", 1, 6, rng=rng)

    def text(seed):
        return np.array(list(islice(generate(model, side_by_side(np.array([0]), 3), np.random.default_rng(seed)), 20)))

    assert text(1).shape == (20, 3)
    np.testing.assert_array_equal(text(1), text(1))
    assert (text(1) != text(2)).any()


@pytest.mark.parametrize(
    "text, stop, expected",
    [
        ("one two three", "two", "one "),
        ("one two three", "four", "one two three"),
        ("aaab", "aab", "a"),
        ("ababac", "abac", "ab"),
        ("abc", "abcd", "abc"),
        ("abc", None, "abc"),
        ("abc", "a", ""),
    ],
)
def test_the_stop_string_ends_the_text_before_it(text, stop, expected):
    assert "".join(until(text, stop)) == expected
    assert "".join(until([text], stop)) == expected


def test_nothing_is_held_back_longer_than_necessary():
    assert list(until("xya", "ab"))[:2] == ["x", "y"]


def test_samples_do_not_depend_on_the_threads_nor_on_each_other(rng):
    model = LanguageModel(5, "lstm", 2, 6, rng=rng)
    model.params *= 3
    model.reuse_memory()
    prime = side_by_side(rng.integers(0, 5, 7), 2 * GROUP + 1)
    one, three = (generate_many(model, prime, 20, np.random.default_rng(3), threads) for threads in (1, 3))
    np.testing.assert_array_equal(one, three)
    assert one.shape == (20, 2 * GROUP + 1)
    group = np.random.default_rng(3).spawn(3)[1]
    second = list(islice(generate(model, prime[:, GROUP : 2 * GROUP], group), 20))
    np.testing.assert_array_equal(one[:, GROUP : 2 * GROUP], second)
    assert len({tuple(sample) for sample in one.T}) > GROUP


def test_no_symbols_can_be_generated(rng):
    model = LanguageModel(5, "lstm", 1, 6, rng=rng)
    assert generate_many(model, side_by_side(np.array([1]), 3), 0, rng, 2).shape == (0, 3)


def test_two_generations_of_one_model_do_not_disturb_each_other(rng):
    model = LanguageModel(5, "gru", 2, 6, rng=rng)
    model.params *= 3
    model.reuse_memory()
    alone = [list(islice(generate(model, side_by_side(np.array([k]), 1), rng, greedy=True), 30)) for k in (1, 2)]
    streams = [generate(model, side_by_side(np.array([k]), 1), rng, greedy=True) for k in (1, 2)]
    together = [[] for _ in streams]
    for _ in range(30):
        for stream, symbols in zip(streams, together):
            symbols.append(next(stream))
        model.forward(rng.integers(0, 5, (3, 4)))
    np.testing.assert_array_equal(together, alone)
