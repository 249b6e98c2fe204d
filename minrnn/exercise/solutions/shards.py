"""Clipping when a batch is cut into shards.

Each shard has its own gradient. The gradient of the batch is their sum g, and its norm is limited:

    (1)  g = sum of the gradients of all shards
    (2)  if |g| > limit: g <- g limit / |g|
"""

import numpy as np


def clip(g, limit):
    """g (n,) -> (n,), with the same direction and at most this norm."""
    return g * min(1, limit / np.linalg.norm(g))


def gradient_of_batch(shards, limit):
    """shards (S, n), one gradient for each shard -> the clipped gradient of the batch (n,)."""
    total = np.zeros(shards.shape[1])
    for g in shards:
        total += g
    return clip(total, limit)
