"""The order of the sum over shards: the same bytes, however the shards are divided."""

from functools import reduce
from itertools import pairwise

import numpy as np
import pytest

from minrnn.parallel.tree import add_up, subtrees


def by_hand(vectors):
    """Pairs of neighbours, again and again; the last one waits if it has no neighbour."""
    while len(vectors) > 1:
        vectors = [reduce(np.add, vectors[k : k + 2]) for k in range(0, len(vectors), 2)]
    return vectors[0]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 12, 16])
def test_any_division_gives_the_same_bytes(count):
    rng = np.random.default_rng(count)
    v = (rng.standard_normal((count, 50)) * 10.0 ** rng.integers(-4, 4, (count, 1))).astype(np.float32)
    expected = by_hand(list(v))
    for size in range(1, count + 1):
        sums = {}
        for start, end in pairwise(count * r // size for r in range(size + 1)):
            part = add_up({k: v[k].copy() for k in range(start, end)}, end, count)
            assert list(part) == subtrees(start, end, count)
            sums |= part
        total = add_up(sums, count, count)
        assert list(total) == [0] and total[0].tobytes() == expected.tobytes(), size


def test_powers_of_two_pass_on_one_vector():
    for count in (2, 4, 8, 16):
        for size in (1, 2, 4):
            if size <= count:
                for start, end in pairwise(count * r // size for r in range(size + 1)):
                    assert subtrees(start, end, count) == [start]
