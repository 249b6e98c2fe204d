"""Optimisers, clipping and learning-rate schedules. They see flat vectors and numbers only."""

from collections import UserDict
from importlib import import_module

from .clip import clip_norm, clip_value, global_norm
from .schedules import Constant, Cosine, Plateau, Staircase


class Registry(UserDict):
    """Names and classes. A class is imported when it is first asked for: to list the names needs no Numba."""

    def __init__(self, places: dict[str, str]):
        super().__init__(places)
        self.places = tuple(places.values())

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


def __getattr__(name: str) -> type:
    """What makes `from optim import Adam` work."""
    for place in OPTIMIZERS.places:
        if place.endswith(f":{name}"):
            return found(place)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
