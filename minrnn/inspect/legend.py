"""What the letters on the page mean: a line for each activation of a cell."""

from .reading import GATE, SIGNED, Reading

# The letters as the cells' own files use them. The same letter may mean something else in one of them.
LETTERS = {
    "h": "hidden state: what the layer puts out",
    "c": "cell state: the memory behind the output gate",
    "i": "input gate: how much of the candidate is written",
    "f": "forget gate: how much of the old state is kept",
    "o": "output gate: how much of the cell state is put out",
    "g": "candidate: what may be written into the state",
    "r": "reset gate: how much of the old h the candidate sees",
    "z": "update gate: near 1, h stays as it was; near 0, the candidate replaces it",
    "n": "candidate: what may replace h",
}
EXCEPTIONS = {
    "mingru": {"z": "update gate: near 1, the candidate replaces h; near 0, h stays as it was"},
    "minlstm": {
        "i": "input gate: the share i / (f + i) of the new h is the candidate",
        "f": "forget gate: the share f / (f + i) of the old h is kept",
    },
}
KNOWN = ("rnn", "lstm", "lnlstm", "mogrifier", "gru", "mixgru", "mingru", "minlstm")
RANGES = {GATE: "from 0 to 1", SIGNED: "from -1 to 1", None: "without bounds"}


def legend(reading: Reading) -> dict[str, str]:
    """{name of an activation: its meaning and its range}, in words. A cell that is not ours has the ranges alone."""
    kind = reading.cell.removeprefix("bi")
    letters = LETTERS | EXCEPTIONS.get(kind, {}) if kind in KNOWN else {}
    meanings = {}
    for name in next(iter(reading.layers.values())):
        meaning = letters.get(name, "part of the state" if name in reading.states else "an activation of this cell")
        meanings[name] = f"{meaning} ({RANGES[reading.ranges.get(name)]})"
    return meanings
