"""Recurrent cells, one a file: the equations, the forward pass and the backward pass of each."""

from collections import UserDict
from importlib import import_module


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

# The classes by their own names, for `from cells import LSTM`.
CLASSES = {place.partition(":")[2]: place for place in (*CELLS.data.values(), "cells.bidirectional:Bidirectional")}


def __getattr__(name: str) -> type:
    if name not in CLASSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return found(CLASSES[name])


def __dir__() -> list[str]:
    return [*globals(), *CLASSES]
