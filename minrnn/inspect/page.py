"""page.html: a text coloured by what one unit does, or by what surprises the model. One file, nothing fetched."""

import base64
import json
from pathlib import Path

import numpy as np

from ..system.files import write_atomic
from .gates_picture import SIGMOIDS
from .reading import layers_of
from .shown import raw, readable
from .units import remarkable

HERE = Path(__file__).parent
ROOM = 4_000_000  # bytes of activations; base64 makes a third more of them
MOST = 20_000  # symbols: what a browser still paints at once


def write_page(path, reading, vocabulary, title, about, unit=None):
    """Writes the page of a Reading. `unit` (layer, unit), from 0, is what it begins with; None: a remarkable one."""
    page = (HERE / "page.html").read_text(encoding="utf-8")
    for name in ("page.css", "page.js"):
        page = page.replace(f"@@{name}@@", (HERE / name).read_text(encoding="utf-8"))
    # The text comes last, so that nothing in it is taken for a place to fill in. Whatever it has, "<" ends in
    # the JSON string: no tag can begin there, nor the script's end.
    data = json.dumps(page_data(reading, vocabulary, title, about, unit), separators=(",", ":"))
    before, after = page.split("@@data@@")
    write_atomic(path, (before + data.replace("<", "\\u003c") + after).encode())


def page_data(reading, vocabulary, title, about, unit=None):
    """What the page knows, as built-ins for JSON."""
    # The page numbers anew those symbols that it shows.
    used = np.unique(np.concatenate([reading.symbols, reading.guesses.ravel()]))
    number = {int(k): place for place, k in enumerate(used)}
    texts = [raw(vocabulary, k) for k in reading.symbols]
    names = list(reading.layers)
    notable = [one | {"layer": names.index(one["layer"])} for one in remarkable(reading.layers, texts)]
    layers, memory, left_out = packed(reading.layers)
    kept = [[v["name"] for v in layer["values"]] for layer in layers]
    notable = [one for one in notable if one["value"] in kept[one["layer"]]]
    first = max(notable, key=lambda one: abs(one["r"] or 0))
    start = first if unit is None else {"layer": unit[0], "unit": unit[1], "value": "h"}
    alphabet = [readable(vocabulary, k) for k in used]
    return {
        "title": title, "about": about, "note": note(left_out),
        "alphabet": alphabet, "signs": [j for j, k in enumerate(used) if alphabet[j] != raw(vocabulary, k)],
        "text": [number[int(k)] for k in reading.symbols],
        "surprise": short(reading.surprise), "p": short(np.exp(-reading.surprise)),
        "top": [[[number[int(k)], rounded(p)] for k, p in zip(*row)] for row in zip(reading.guesses, reading.chances)],
        "layers": layers, "notable": notable, "start": {name: start[name] for name in ("layer", "unit", "value")},
        "bytes": base64.b64encode(memory).decode(),
    }  # fmt: skip


def room(model):
    """How many symbols a page of this model can show, at least with the h of every unit."""
    return min(MOST, ROOM // sum(cell.H for _, cell in layers_of(model).values()))


def note(left_out):
    text = "Each activation has one byte: it is right to 1/127 of the unit's largest, gates to 1/255."
    return text + (f" Left out for size: {', '.join(left_out)}; fewer --symbols make room." if left_out else "")


def packed(layers):
    """(descriptions of the layers, their activations as bytes, names of what did not fit).

    h of all layers comes first, then c, then the gates.
    """
    described = [
        {"name": layer, "units": v["h"].shape[1], "values": [], "spread": short(v["h"].std(axis=0))}
        for layer, v in layers.items()
    ]
    order = sorted({name: None for v in layers.values() for name in v}, key=lambda name: ("hc" + name).index(name))
    memory, left_out = bytearray(), []
    for name in order:
        for layer, v in zip(described, layers.values()):
            q, scale = quantised(v[name], name in SIGMOIDS)
            if len(memory) + q.size > ROOM:
                left_out.append(f"{name} of {layer['name']}")
                continue
            layer["values"].append({"name": name, "at": len(memory), "scale": scale})
            memory += q.tobytes()
    return described, bytes(memory), left_out


def quantised(v, gate):
    """v (n, H) as bytes (H, n), and the largest |v| of each unit, None for gates.

    A gate is byte / 255, anything else (byte - 128) / 127 of its unit's largest.
    """
    if gate:
        return np.rint(v.T * 255).astype(np.uint8), None
    # Rounded up, so that no byte overflows.
    largest = np.array([float(f"{x * 1.0005:.4g}") for x in np.abs(v).max(axis=0)])
    shares = v.T / np.where(largest > 0, largest, 1)[:, np.newaxis]
    return (np.rint(shares * 127) + 128).astype(np.uint8), largest.tolist()


def rounded(x):
    return float(f"{x:.4g}")


def short(v):
    return [rounded(x) for x in v]
