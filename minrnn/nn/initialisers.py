"""Initial weights by name, with numbers after colons.

uniform:B         uniform in +-B
normal:S          Gaussian of standard deviation S
truncated:S:M     Gaussian of standard deviation S and mean M (default 0), drawn again beyond 2 S
glorot            uniform in +-sqrt(6 / (rows + columns))                  (Glorot and Bengio 2010)
orthogonal:G      orthonormal columns times G (default 1), one block for each gate (Saxe et al. 2014)
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from cells.cell import Cell

MANY = 1000  # symbols


def uniform(rng, shape, bound):
    return rng.uniform(-bound, bound, shape)


def normal(rng, shape, std):
    return std * rng.standard_normal(shape)


def truncated(rng, shape, std, mean=0.0):
    z = rng.standard_normal(shape)
    while (far := np.abs(z) > 2).any():
        z[far] = rng.standard_normal(far.sum())
    return mean + std * z


def glorot(rng, shape):
    return uniform(rng, shape, np.sqrt(6 / sum(shape)))


def orthogonal(rng, shape, gain=1.0):
    """Orthonormal columns, or rows if there are fewer rows; all such matrices are equally likely (Mezzadri 2007)."""
    Q, R = np.linalg.qr(rng.standard_normal((max(shape), min(shape))))
    Q = Q * np.sign(np.diag(R))
    return gain * (Q if shape[0] >= shape[1] else Q.T)


# Each with the smallest and the largest count of numbers that it takes.
INITIALISERS = {
    "uniform": (uniform, 1, 1),
    "normal": (normal, 1, 1),
    "truncated": (truncated, 1, 2),
    "glorot": (glorot, 0, 0),
    "orthogonal": (orthogonal, 0, 1),
}


class NoDraws(Generator):
    """A random generator for weights that others replace at once. Its uniform and normal numbers are all the same.

    Drawing them would take most of the time that a replica of a model takes. They are not zero, so that a cell may
    divide by what it has drawn.
    """

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def uniform(self, low=0.0, high=1.0, size=None):
        return np.full(() if size is None else size, high, np.float32)

    def standard_normal(self, size=None, dtype=np.float64, out=None):
        return self.uniform(size=size)


def one_hot_input(Wx: np.ndarray, rng: Generator) -> None:
    """Draws the matrix (V, K) of a layer that reads one-hot rows anew.

    A cell's own bound is meant for a sum of many inputs. A one-hot row has one, and with weights that small the
    symbols hardly differ at first: an LSTM of 256 units on tiny-shakespeare then needed 2,860 steps for the validation
    loss that it has after 600 with a bound of 3 (1.67 nats). Where there are many symbols, most of them are rare and
    keep their first weights for long: sqrt(3) is better, so that x Wx has the variance 1.
    """
    bound = 3.0 if len(Wx) < MANY else math.sqrt(3)
    Wx[:] = rng.uniform(-bound, bound, Wx.shape)


def frequency_bias(counts: np.ndarray) -> np.ndarray:
    """The bias (V,) with which a model predicts symbols as often as they occur: log of (counts + 1) over their sum.

    From a bias of zero, a model first has to learn these frequencies, and an LSTM of many words learns them in a bad
    place: in cell states that grow and keep their signs, so that h is a constant vector that serves as the bias.
    """
    return np.log((counts + 1) / (counts + 1).sum())


def parse(text: str) -> tuple[Callable, list[float]]:
    """(function, numbers) for "name:number:..."; ValueError if it is none of the above."""
    name, *numbers = text.split(":")
    function, least, most = INITIALISERS[name] if name in INITIALISERS else (None, 0, 0)
    values = [float(number) for number in numbers]
    usable = np.isfinite(values).all() and all(scale > 0 for scale in values[:1])
    if function is None or not least <= len(values) <= most or not usable:
        raise ValueError(text)
    return function, values


def initialise(
    model, rng: Generator, init: str | None = None, embedding: str | None = None, recurrent: str | None = None,
    output: str | None = None,
) -> None:  # fmt: skip
    """Draws the matrices of a model anew: the embedding, recurrent ones (Wh), that of the output, and all others.

    The last three default to `init`. If that is None too, the matrices stay as they are. An embedding that is
    also the output matrix follows `output`. Vectors (biases and scales) always stay.
    """
    if model.config["tie_weights"]:
        embedding = output
    for prefix, part in model.parts.items():
        for name, w in part.params.items():
            which = {"embedding": embedding, "output.W": output}.get(prefix + name, recurrent if name == "Wh" else init)
            if w.ndim == 2 and (which or init):
                function, numbers = parse(which or init)
                by_gate = function is orthogonal and isinstance(part, Cell)
                for block in part.blocks(name) if by_gate else [w]:
                    block[:] = function(rng, block.shape, *numbers)
