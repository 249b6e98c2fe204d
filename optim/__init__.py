"""Optimisers, clipping, learning-rate schedules and averages of the weights. They see flat vectors and numbers only."""

from collections import UserDict
from pkgutil import resolve_name

from .clip import clip_norm, clip_value, global_norm
from .schedules import Constant, Cosine, Plateau, Staircase


class Registry(UserDict):
    """Classes by name. A class is imported when it is first asked for, so that listing the names needs no Numba."""

    def __getitem__(self, name: str) -> type:
        kind = self.data[name]
        if isinstance(kind, str):
            kind = self.data[name] = resolve_name(kind)
        return kind


OPTIMIZERS = Registry(
    {
        "sgd": "optim.sgd:SGD",
        "rmsprop": "optim.rmsprop:RMSprop",
        "adam": "optim.adam:Adam",
        "adagrad": "optim.adagrad:Adagrad",
        "muon": "optim.muon:Muon",
    }
)

# By the option that asks for one.
AVERAGES = Registry(
    {
        "ema": "optim.average:ExponentialAverage",
        "tail_average": "optim.average:TailAverage",
    }
)

SCHEDULES = {
    "constant": Constant,
    "staircase": Staircase,
    "cosine": Cosine,
    "plateau": Plateau,
}

# The classes by their own names, for `from optim import Adam`.
CLASSES = {place.partition(":")[2]: place for place in [*OPTIMIZERS.data.values(), *AVERAGES.data.values()]}


def __getattr__(name: str) -> type:
    if name not in CLASSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return resolve_name(CLASSES[name])


def __dir__() -> list[str]:
    return [*globals(), *CLASSES]
