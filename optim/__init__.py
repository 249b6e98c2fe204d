"""Optimisers, clipping and learning-rate schedules. They see flat vectors and numbers only."""

from collections import UserDict
from importlib import import_module

from .clip import clip_norm, clip_value, global_norm
from .schedules import Constant, Cosine, Plateau, Staircase


class Registry(UserDict):
    """Names and classes. A class is imported when it is first asked for: to list the names needs no Numba."""

    def __getitem__(self, name: str) -> type:
        kind = self.data[name]
        if isinstance(kind, str):
            kind = self.data[name] = found(kind)
        return kind


def found(place: str) -> type:
    """The class at "module:Class"."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


OPTIMIZERS = Registry(
    {
        "sgd": "optim.sgd:SGD",
        "rmsprop": "optim.rmsprop:RMSprop",
        "adam": "optim.adam:Adam",
        "adagrad": "optim.adagrad:Adagrad",
    }
)

SCHEDULES = {
    "constant": Constant,
    "staircase": Staircase,
    "cosine": Cosine,
    "plateau": Plateau,
}

# The classes by their own names, for `from optim import Adam`.
CLASSES = {place.partition(":")[2]: place for place in OPTIMIZERS.data.values()}


def __getattr__(name: str) -> type:
    if name not in CLASSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found(CLASSES[name])


def __dir__() -> list[str]:
    return [*globals(), *CLASSES]
