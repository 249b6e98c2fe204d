"""Which units of a layer are worth a look: those that follow something a person can see in the text."""

import re

import numpy as np

from .reading import Reading

QUOTED = re.compile(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"[^"\n]*"|(?<!\w)\'[^\'\n]*\'|“[^”]*”|«[^»]*»')
BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
LIVELIEST = 3  # how many of the units that vary most are listed
WEAK = 0.3  # some of many units have a correlation below this with anything
RARE = 10  # with a property of fewer symbols, some unit agrees by chance


def properties(texts: list[str]) -> dict[str, np.ndarray]:
    """{what a person can see: a number for each symbol (n,)} of a text, given symbol by symbol.

    A symbol of several characters has the property of its last one.
    """
    text = "".join(texts)
    lines = text.split("\n")
    place = np.concatenate([np.arange(1, len(line) + 2) for line in lines])[: len(text)]
    place[np.array([c == "\n" for c in text], bool)] = 0
    margin = np.concatenate([np.arange(len(line) + 1) < len(line) - len(line.lstrip()) for line in lines])[: len(text)]
    quoted, depth = np.zeros(len(text), bool), np.cumsum([BRACKETS.get(c, 0) for c in text])
    for match in QUOTED.finditer(text):
        quoted[match.start() : match.end() - 1] = True
    seen = {
        "place in the line": place,
        "inside quotes": quoted,
        "inside brackets": depth - np.minimum.accumulate(np.minimum(depth, 0)) > 0,
        "the margin of a line": margin,
        "inside a word": np.array([c.isalnum() or c == "_" for c in text]),
        "capital letters": np.array([c.isupper() for c in text]),
        "digits": np.array([c.isdigit() for c in text]),
    }
    last = np.cumsum([len(t) for t in texts]) - 1
    return {name: v[last].astype(float) for name, v in seen.items()}


def remarkable(reading: Reading, texts: list[str]) -> list[dict]:
    """A list of {"why", "layer", "value", "unit", "r"}: for each property the unit that follows it best.

    `texts` are the symbols that were read. r is the correlation of one of the unit's states with the property
    over the text. Properties that no unit follows are left out. After these come the units whose h varies
    most, with r None. Units count from 0.
    """
    found = []
    for why, wanted in properties(texts).items():
        if np.count_nonzero(wanted != np.median(wanted)) < RARE:
            continue
        strongest = []
        for layer, values in reading.layers.items():
            for name in reading.states:
                r = correlations(values[name], wanted)
                unit = int(np.abs(r).argmax())
                strongest.append({"why": why, "layer": layer, "value": name, "unit": unit, "r": float(r[unit])})
        best = max(strongest, key=lambda one: abs(one["r"]))
        if abs(best["r"]) >= WEAK:
            found.append(best)
    h = reading.states[0]
    spread = [(float(s), layer, u) for layer, v in reading.layers.items() for u, s in enumerate(v[h].std(axis=0))]
    for _, layer, unit in sorted(spread, key=lambda one: -one[0])[:LIVELIEST]:
        found.append({"why": "varies most", "layer": layer, "value": h, "unit": unit, "r": None})
    return found


def correlations(v: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Pearson's r of each column of v (n, H) with `wanted` (n,); 0 for a column that never changes."""
    v, wanted = v - v.mean(axis=0, dtype=np.float64), wanted - wanted.mean()
    scale = np.sqrt((v**2).sum(axis=0) * (wanted**2).sum())
    return np.where(scale > 0, wanted @ v / np.where(scale > 0, scale, 1), 0)
