"""The order in which the gradients of the shards are added up: a binary tree over their numbers.

      0    1    2    3    4
       \\  /      \\  /     |
       0-1       2-3      |
          \\     /         |
            0-3           |
               \\         /
                   0-4

A run of neighbouring shards can add up what lies within it. It then passes on one vector for each whole subtree: a
single one where the numbers of shards and of runs are powers of two. The order, and so every byte of the sum, does not
depend on how the shards are divided. A subtree goes by the number of its first shard.
"""

import numpy as np


def add_up(vectors: dict[int, np.ndarray], end: int, count: int) -> dict[int, np.ndarray]:
    """Adds, in place, the vectors of a run of shards or subtrees that ends before `end`, of `count` shards in all.

    Returns those that remain, {first shard: sum of the subtree}; after the whole tree it is that of shard 0.
    """
    vectors, size = dict(vectors), 1
    while size < count:
        for left in range(0, count, 2 * size):
            right = left + size
            # The right one must be whole; then so is the left one.
            if left in vectors and right in vectors and min(right + size, count) <= end:
                vectors[left] += vectors.pop(right)
        size *= 2
    return vectors


def subtrees(start: int, end: int, count: int) -> list[int]:
    """The first shards of the subtrees that remain of the shards from `start` to `end` - 1."""
    return list(add_up({k: 0 for k in range(start, end)}, end, count))
