"""unroll.html: a network unrolled over a text, one equation a key press. One file, nothing fetched."""

import json
import sys
from pathlib import Path

import numpy as np

from ..nn import output
from ..system.files import write_atomic
from ..system.page import page
from .diagram import drawn
from .graph import cell_graph
from .machine import Step
from .network import Network
from .places import Strip, names, strips
from .source import code_of

TEMPLATE = Path(__file__).with_name("page.html")
DIGITS = 10  # significant digits of every number on the page


def write_page(path: Path, network: Network, alphabet: list[str], title: str, about: str) -> None:
    """Writes the page of a network that has not run yet; `alphabet` has the symbols by their ids, as they are shown."""
    write_atomic(path, page(TEMPLATE, page_data(network, alphabet, title, about)))


class Pool:
    """Arrays as lists, each different one once."""

    def __init__(self):
        self.ids: dict[str, int] = {}

    def add(self, v: np.ndarray) -> int:
        """The number of the array v (J,), (1, J) or (I, J)."""
        rows = np.asarray(v)
        rows = rows[0] if rows.ndim == 2 and len(rows) == 1 else rows
        text = json.dumps(np.vectorize(lambda x: float(f"{x:.{DIGITS}g}"))(rows).tolist())
        return self.ids.setdefault(text, len(self.ids))

    def arrays(self) -> list:
        """All arrays in the order of their numbers."""
        return [json.loads(text) for text in self.ids]


def page_data(network: Network, alphabet: list[str], title: str, about: str) -> dict:
    """Everything the page knows, as built-ins for JSON."""
    pool, equations = Pool(), {}
    steps, started = [], {}
    of = {strip.name: strip for strip in strips(network)}
    trace = network.run()
    first = [(f"{s.name}/w{s.gap(network.times(s.machine)[0], after=False)}/{w}/v", np.zeros(network.cell.H))
             for s in of.values() for w in s.wires]  # fmt: skip
    for s in of.values():
        first += [(f"{s.name}/p/{label}/v", v) for label, v in s.parameters().items()]
        first += [(f"{s.name}/{t}/x/v", s.machine.values[t]["x"]) for t in range(network.T) if s.wires]
    for name, step in trace:
        strip, e = of[name], step.equation
        number = equations.setdefault((strip.machine.header.file, e.number, e.backward, e.text), len(equations))
        written = started.setdefault((name, step.t, e.backward), set())
        fills = strip.fills(step) + above(network, of, name, step)
        if e.backward and not written and step.t is not None:
            fills = following(strip, step, network) + fills
        steps.append({
            "s": name, "t": step.t, "e": number, "k": step.key, "v": pool.add(step.value), "b": int(e.backward),
            "terms": [[x.text, pool.add(x.value), [[text, pool.add(v)] for text, v in x.parts]] for x in step.terms],
            "fills": [[place, pool.add(v)] for place, v in fills],
            "reads": reads(network, strip, step, written),
        })  # fmt: skip
        written.add(step.key)
    both = len(network.lanes) > 1
    return {
        "title": title, "about": about, "T": network.T, "H": network.cell.H, "both": both,
        "symbols": [alphabet[k] for k in network.symbols], "targets": [alphabet[k] for k in network.targets],
        "alphabet": alphabet,
        "strips": [described(strip) for strip in of.values()],
        "equations": listed(network, equations), "first": [[place, pool.add(v)] for place, v in first],
        "steps": steps, "arrays": pool.arrays(),
        "diagram": drawn(cell_graph(next(iter(network.lanes.values())), network.states), title),
    }  # fmt: skip


def described(strip: Strip) -> dict:
    """A strip as the page knows it."""
    return {
        "name": strip.name, "rows": strip.rows, "only": strip.only, "wires": strip.wires, "back": strip.machine.back,
        "parameters": list(strip.parameters()),
    }  # fmt: skip


def following(strip: Strip, step: Step, network: Network) -> list[tuple[str, np.ndarray]]:
    """The zeros that come from beyond the end, at the first backward step of a cell."""
    last = network.times(strip.machine)[-1]
    gap = strip.gap(step.t, after=True)
    return [(f"{strip.name}/w{gap}/{w}/d", np.zeros(network.cell.H)) for w in strip.wires] if step.t == last else []


def above(network: Network, of: dict[str, Strip], name: str, step: Step) -> list[tuple[str, np.ndarray]]:
    """Where the gradient goes that comes out of the output layer: to dh_above of the step whose h was read."""
    if name != "output" or step.key != "dh" or step.t is None:
        return []
    halves = np.split(step.value, len(network.lanes), axis=-1)
    return [
        (f"{side}/{t}/{of[side].row('dh_above', True)}", dh)
        for (side, t), dh in zip(network.read(step.t), halves)
        if 0 <= t < network.T
    ]


def reads(network: Network, strip: Strip, step: Step, written: set[str]) -> list[str]:
    """The places that a step reads; what the output layer calls h stands in the cells' cards."""
    places = strip.reads(step, written)
    if strip.name == "output" and any(node.args[0] == "h" for node, _ in names(step, strip.machine)):
        places += [f"{side}/{t}/h/v" for side, t in network.read(step.t)]
    return places


def listed(network: Network, equations: dict) -> list[dict]:
    """The equations in the order of the page, each with the place of its lines of code."""
    kind = getattr(network.cell, "kind", type(network.cell))
    modules = {next(iter(network.lanes.values())).header.file: sys.modules[kind.__module__], "output.py": output}
    out, codes = [], {}
    for file, number, backward, text in equations:
        label = number + "'" * backward
        if (file, label) not in codes:
            codes[file, label] = code_of(modules[file], label)
        out.append({"file": file, "n": label, "text": text, "code": codes[file, label]})
    return out
