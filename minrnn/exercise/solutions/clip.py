"""Clipping by the global norm.

All gradients of a model together are one long vector. Its length is the global norm:

    (1)  norm = sqrt(sum of the squares of all numbers in all arrays)
    (2)  if norm > limit: every array is multiplied by limit / norm; if not, nothing changes

Your task: in `clip`, write norm and factor.
"""

import numpy as np


def clip(grads, limit):
    """grads: a list of arrays of any shapes; limit > 0 -> a list of new arrays with the same shapes."""
    # answer: norm = ...  # (1) one number
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    # end
    # answer: factor = ...  # (2) one number
    factor = min(1, limit / norm)
    # end
    return [g * factor for g in grads]
