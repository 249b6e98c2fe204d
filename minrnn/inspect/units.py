"""Which units of a layer are worth a look: those that follow something a person can see in the text."""

import re

import numpy as np

QUOTED = re.compile(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'|"[^"\n]*"|(?<!\w)\'[^\'\n]*\'|“[^”]*”|«[^»]*»')
BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
LIVELIEST = 3
WEAK = 0.3  # correlations below this are found among so many units in any text


def properties(texts):
    """{what can be seen: a number for each symbol (n,)} of a text that is given symbol by symbol.

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


def remarkable(layers, texts):
    """A list of {"why", "layer", "value", "unit", "r"}: for each property the unit that follows it best.

    `layers` {layer: {name: (n, H)}} are a reading's. r is the correlation of the unit's state, h or c,
    with the property over the text; properties that no unit follows are left out. After these come
    the units whose h varies most, with r None. Units count from 0.
    """
    found = []
    for why, wanted in properties(texts).items():
        # Of a property that holds in one or two places, some unit always is a perfect picture by chance.
        if np.count_nonzero(wanted != np.median(wanted)) < 10:
            continue
        best = max(
            (
                (abs(r[u]), layer, name, int(u), float(r[u]))
                for layer, values in layers.items()
                for name in ("c", "h")
                if name in values
                for r in [correlations(values[name], wanted)]
                for u in [np.abs(r).argmax()]
            ),
            key=lambda candidate: candidate[0],
        )
        strength, layer, name, unit, r = best
        if strength >= WEAK:
            found.append({"why": why, "layer": layer, "value": name, "unit": unit, "r": r})
    spread = [(float(s), layer, u) for layer, v in layers.items() for u, s in enumerate(v["h"].std(axis=0))]
    for _, layer, unit in sorted(spread, key=lambda one: -one[0])[:LIVELIEST]:
        found.append({"why": "varies most", "layer": layer, "value": "h", "unit": unit, "r": None})
    return found


def correlations(v, wanted):
    """Pearson's r of each column of v (n, H) with `wanted` (n,); 0 for a column that never changes."""
    v, wanted = v - v.mean(axis=0, dtype=np.float64), wanted - wanted.mean()
    scale = np.sqrt((v**2).sum(axis=0) * (wanted**2).sum())
    return np.where(scale > 0, wanted @ v / np.where(scale > 0, scale, 1), 0)
