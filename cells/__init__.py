"""Recurrent cells, one a file: the equations, the forward pass and the backward pass of each."""

from collections import UserDict
from importlib import import_module


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


CELLS = Registry(
    {
        "rnn": "cells.rnn:RNN",
        "gru": "cells.gru:GRU",
        "lstm": "cells.lstm:LSTM",
        "lnlstm": "cells.lnlstm:LNLSTM",
        "mixgru": "cells.mixgru:MixGRU",
        "birnn": "cells.bidirectional:BiRNN",
        "bigru": "cells.bidirectional:BiGRU",
        "bilstm": "cells.bidirectional:BiLSTM",
    }
)


def __getattr__(name: str) -> type:
    """What makes `from cells import LSTM` work."""
    for place in (*CELLS.places, "cells.bidirectional:Bidirectional"):
        if place.endswith(f":{name}"):
            return found(place)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *(place.partition(":")[2] for place in CELLS.places)]
