"""The functions that an equation may name: their values, for real and complex numbers, and their slopes in words."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cells.layer_norm import EPSILON


class Function(NamedTuple):
    """`value` takes v (N, J); `slope` is text, in which {y} stands for the value and {x} for the argument."""

    value: Callable[[np.ndarray], np.ndarray]
    slope: str
    sign: str  # what a diagram shows


def sigmoid(v: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-v)); the numbers of a page are small."""
    return 1 / (1 + np.exp(-v))


def positive(v: np.ndarray) -> np.ndarray:
    """That of cells/mingru.py."""
    return np.where(v.real > 0, v + 0.5, sigmoid(v))


def softmax(v: np.ndarray) -> np.ndarray:
    """v (N, J) -> shares (N, J) of each row."""
    e = np.exp(v - v.real.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def relu(v: np.ndarray) -> np.ndarray:
    """max(v, 0)."""
    return np.where(v.real > 0, v, 0)


FUNCTIONS = {
    "sigmoid": Function(sigmoid, "{y} (1 - {y})", "σ"),
    "tanh": Function(np.tanh, "1 - {y}^2", "tanh"),
    "positive": Function(positive, "1 or {y} (1 - {y})", "positive"),
    "relu": Function(relu, "1 or 0", "relu"),
    "exp": Function(np.exp, "{y}", "exp"),
    "log": Function(np.log, "1 / {x}", "log"),
    "softmax": Function(softmax, "softmax'", "softmax"),
}


def norm(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """v^ and s of equation (L) in cells/layer_norm.py, for rows v (N, J)."""
    centred = v - v.mean(axis=-1, keepdims=True)
    s = 1 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return s * centred, s


def norm_gradient(v: np.ndarray, e: np.ndarray) -> np.ndarray:
    """dv of equation (L') in cells/layer_norm.py, for rows v and e (N, J)."""
    v_hat, s = norm(v)
    return s * (e - e.mean(axis=-1, keepdims=True) - v_hat * (e * v_hat).mean(axis=-1, keepdims=True))


# Layer normalisation has weights, of the block or the value that its argument names: see evaluate.py.
NORMS = ("LN", "norm", "dLN")
