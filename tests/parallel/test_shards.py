"""A batch in shards: each is computed once, and the outcomes have the order of the shards."""

import sys
import threading

import numpy as np
import pytest

from minrnn.nn.language_model import LanguageModel
from minrnn.parallel.shards import Shards


def shards_of(count, threads):
    return Shards(LanguageModel(5, hidden=3, rng=np.random.default_rng(0)), count, threads)


@pytest.mark.parametrize("wrong", [0, 1])
def test_an_error_in_any_shard_is_raised_and_the_next_batch_is_computed(wrong):
    shards = shards_of(2, 2)
    # So that each thread takes one of the two, whichever comes first.
    both = threading.Barrier(2, timeout=10)

    def work(replica):
        both.wait()
        if replica is shards.replicas[wrong]:
            raise ValueError("this shard")
        return replica

    with pytest.raises(ValueError, match="this shard"):
        shards.map(work)
    assert shards.map(lambda replica: replica) == shards.replicas


@pytest.mark.parametrize("count, threads", [(1, 1), (3, 2), (9, 4), (2, 5)])
def test_each_shard_is_computed_once_by_whatever_thread(count, threads):
    shards, seen = shards_of(count, threads), []
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(200):
            seen.clear()
            assert shards.map(lambda replica, k: seen.append(k) or k, range(count)) == list(range(count))
            assert sorted(seen) == list(range(count))
    finally:
        sys.setswitchinterval(before)


def test_each_thread_has_an_iterator_of_its_own(monkeypatch):
    """Without Python's global lock, an iterator that two threads share may give both the same element."""
    made, shards, all_in = [], shards_of(6, 3), threading.Barrier(3, timeout=10)

    class Iterator:
        def __init__(self, *arguments):
            self.iterator, self.threads = iter(*arguments), set()
            made.append(self)

        def __iter__(self):
            return self

        def __next__(self):
            self.threads.add(threading.current_thread())
            return next(self.iterator)

    monkeypatch.setattr("minrnn.parallel.shards.iter", Iterator, raising=False)
    shards.map(lambda replica, k: k < 3 and all_in.wait(), range(6))
    assert [len(iterator.threads) for iterator in made] == [1, 1, 1]
    assert len(set.union(*(iterator.threads for iterator in made))) == 3


def test_the_shards_have_the_rows_of_the_batch():
    shards = shards_of(3, 2)
    rows = np.arange(8).reshape(1, 8)
    assert [part.shape[1] for part in shards.cut(rows)] == [3, 3, 2]
    np.testing.assert_array_equal(np.concatenate(shards.cut(rows), axis=1), rows)
    assert [state[0][0].shape for state in shards.zero_states(8)] == [(3, 3), (3, 3), (2, 3)]
