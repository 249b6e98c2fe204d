"""Gradient clipping, by global norm (Pascanu et al. 2013) and by value, in place."""

import math

import numpy as np


def global_norm(grads):
    """The Euclidean norm of the flat gradient."""
    return math.sqrt(np.dot(grads, grads))


def clip_norm(grads, limit, norm):
    """Scales grads so that a global norm above `limit` becomes `limit`; `norm` is the norm as it is."""
    if norm > limit:
        grads *= limit / norm


def clip_value(grads, limit):
    """Cuts every element to [-limit, limit]."""
    np.clip(grads, -limit, limit, out=grads)
