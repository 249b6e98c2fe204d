"""Gradient clipping, by global norm (Pascanu et al. 2013) and by value, in place."""

import math

import numpy as np


def global_norm(grads: np.ndarray) -> float:
    """The Euclidean norm of the flat gradient (size,)."""
    return math.sqrt(np.dot(grads, grads))


def clip_norm(grads: np.ndarray, limit: float, norm: float) -> None:
    """Scales grads (size,) of global norm `norm` to the norm `limit`, if it is above that."""
    if norm > limit:
        grads *= limit / norm


def clip_value(grads: np.ndarray, limit: float) -> None:
    """Cuts every element of grads (size,) to [-limit, limit]."""
    np.clip(grads, -limit, limit, out=grads)
