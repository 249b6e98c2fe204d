"""Recurrent cells, one a file: the equations, the forward pass and the backward pass of each."""

from collections import UserDict
from pkgutil import resolve_name


class Registry(UserDict):
    """Classes by name. A class is imported when it is first asked for, so that listing the names needs no Numba."""

    def __getitem__(self, name: str) -> type:
        kind = self.data[name]
        if isinstance(kind, str):
            kind = self.data[name] = resolve_name(kind)
        return kind


CELLS = Registry(
    {
        "rnn": "cells.rnn:RNN",
        "gru": "cells.gru:GRU",
        "lstm": "cells.lstm:LSTM",
        "lnlstm": "cells.lnlstm:LNLSTM",
        "mixgru": "cells.mixgru:MixGRU",
        "mogrifier": "cells.mogrifier:Mogrifier",
        "mingru": "cells.mingru:MinGRU",
        "minlstm": "cells.minlstm:MinLSTM",
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
    return resolve_name(CLASSES[name])


def __dir__() -> list[str]:
    return [*globals(), *CLASSES]
