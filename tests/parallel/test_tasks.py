"""Independent tasks: each is done once, its results are in order, and after an error no thread goes on."""

import threading
import time

import numpy as np
import pytest

from cells.kernels.panels import packed, packed_once
from minrnn.nn.language_model import LanguageModel
from minrnn.parallel.tasks import done

MODEL = LanguageModel(5, hidden=3, rng=np.random.default_rng(0))


@pytest.mark.parametrize("count, threads", [(0, 2), (1, 3), (7, 1), (7, 3)])
def test_each_task_is_done_once_and_results_have_their_order(count, threads):
    replicas, names = set(), set()

    def work(replica, k):
        assert replica.params is not MODEL.grads and replica is not MODEL
        replicas.add(id(replica))
        names.add(threading.current_thread().name)
        yield k
        yield -k

    assert done(work, list(range(count)), MODEL, threads) == [[k, -k] for k in range(count)]
    assert len(replicas) <= max(1, min(threads, count)) and threading.current_thread().name not in names


def test_threads_see_the_context_of_the_caller():
    W = np.ones((3, 40))
    with packed_once():
        panels = packed(W)
        assert all(got is panels for [got] in done(lambda _, k: [packed(W)], [0, 1, 2], MODEL, 2))


def test_an_error_is_raised_and_the_others_stop():
    def work(_, k):
        if k:
            time.sleep(0.05)
            raise ValueError("this task")
        while True:
            time.sleep(0.001)
            yield

    with pytest.raises(ValueError, match="this task"):
        done(work, [1, 0], MODEL, 2)


def test_several_ranks_do_their_parts():
    class Comm:
        """Rank 1 of 2, of which rank 0 has done its tasks already."""

        size, rank = 2, 1

        def allgather(self, own):
            return [[[0], [2], [4]], own]

    assert done(lambda _, k: [k], [0, 1, 2, 3, 4], MODEL, 1, Comm()) == [[0], [1], [2], [3], [4]]
