"""page.html: a text coloured by what one unit does, or by what surprises the model. One file, nothing fetched."""

import base64
from pathlib import Path

import numpy as np

from data.vocabulary import Vocabulary

from ..system.files import write_atomic
from ..system.page import page
from ..system.visible import visible
from .reading import GATE, Reading
from .units import remarkable

TEMPLATE = Path(__file__).with_name("page.html")
MAX_BYTES = 4_000_000  # of activations; base64 makes them a third longer
MAX_SYMBOLS = 20_000  # more are too many for a browser to paint at once

Unit = tuple[int, int]  # (layer, unit), both from 0


def write_page(
    path: Path, reading: Reading, vocabulary: Vocabulary, title: str, about: str, unit: Unit | None = None
) -> None:
    """Writes the page of a Reading, which begins with this unit; None means a remarkable one."""
    write_atomic(path, page(TEMPLATE, page_data(reading, vocabulary, title, about, unit)))


def page_data(reading: Reading, vocabulary: Vocabulary, title: str, about: str, unit: Unit | None = None) -> dict:
    """Everything the page knows, as built-ins for JSON."""
    # Symbols that the page shows get new ids, their places in its alphabet.
    used = np.unique(np.concatenate([reading.symbols, reading.guesses.ravel()]))
    new_id = {int(k): j for j, k in enumerate(used)}
    alphabet = ["".join(map(visible, vocabulary.label(k))) for k in used]
    texts, names = [vocabulary.decode([k]) for k in reading.symbols], list(reading.layers)
    layers, memory, left_out = packed(reading)
    kept = {(k, v["name"]) for k, layer in enumerate(layers) for v in layer["values"]}
    notable = [one | {"layer": names.index(one["layer"])} for one in remarkable(reading, texts)]
    notable = [one for one in notable if (one["layer"], one["value"]) in kept]
    start = max(notable, key=lambda one: abs(one["r"] or 0))
    if unit is not None:
        start = {"layer": unit[0], "unit": unit[1], "value": reading.states[0]}
    guesses = zip(reading.guesses, reading.chances)
    return {
        "title": title, "about": about, "note": note(left_out),
        "alphabet": alphabet, "signs": [j for j, k in enumerate(used) if alphabet[j] != vocabulary.decode([k])],
        "text": [new_id[int(k)] for k in reading.symbols],
        "surprise": short(reading.surprise), "p": short(np.exp(-reading.surprise)),
        "top": [[(new_id[int(k)], p) for k, p in zip(ids, short(chances))] for ids, chances in guesses],
        "layers": layers, "notable": notable, "start": {name: start[name] for name in ("layer", "unit", "value")},
        "bytes": base64.b64encode(memory).decode(),
    }  # fmt: skip


def note(left_out: list[str]) -> str:
    """How exact the page is, and what it had no room for."""
    text = "Each activation has one byte: it is right to 1/127 of the unit's largest, gates to 1/255."
    return text + (f" Left out for size: {', '.join(left_out)}; fewer --symbols make room." if left_out else "")


def packed(reading: Reading) -> tuple[list[dict], bytes, list[str]]:
    """(descriptions of the layers, their activations as bytes, names of what did not fit).

    h of all layers comes first, then their other states, then the rest.
    """
    h = reading.states[0]
    described = [
        {"name": layer, "units": v[h].shape[1], "values": [], "spread": short(v[h].std(axis=0))}
        for layer, v in reading.layers.items()
    ]
    memory, left_out = bytearray(), []
    for name in dict.fromkeys((*reading.states, *(name for v in reading.layers.values() for name in v))):
        for layer, v in zip(described, reading.layers.values()):
            q, scale = quantised(v[name], reading.ranges.get(name) == GATE)
            if len(memory) + q.size > MAX_BYTES:
                left_out.append(f"{name} of {layer['name']}")
                continue
            layer["values"].append({"name": name, "at": len(memory), "scale": scale})
            memory += q.tobytes()
    return described, bytes(memory), left_out


def quantised(v: np.ndarray, gate: bool) -> tuple[np.ndarray, list[float] | None]:
    """v (n, H) as bytes (H, n), and the largest |v| of each unit (None for gates).

    A gate is byte / 255, anything else (byte - 128) / 127 of its unit's largest.
    """
    if gate:
        return np.rint(v.T * 255).astype(np.uint8), None
    # Rounded up, so that no byte overflows.
    largest = np.array(short(np.abs(v).max(axis=0) * 1.0005))
    shares = v.T / np.where(largest > 0, largest, 1)[:, np.newaxis]
    return (np.rint(shares * 127) + 128).astype(np.uint8), largest.tolist()


def short(v: np.ndarray) -> list[float]:
    """The numbers of v (n,) with four significant digits each."""
    return [float(f"{x:.4g}") for x in v]
