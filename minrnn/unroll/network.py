"""A small network that reads a text: a cell and an output layer, computed from their equations, step by step."""

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cells.cell import Cell

from ..nn import output
from .equation import Header
from .header import read_header
from .machine import Machine, Step
from .source import docstring_of

# The letters of headers that stand for options of the cell.
LETTERS = {"K": "transforms", "R": "rounds"}


def cell_header(kind: type[Cell], options: dict, D: int, H: int) -> tuple[Header, dict[str, int]]:
    """The Header of a cell's file, and the sizes that its letters stand for. `options` are those of the constructor."""
    defaults = {p.name: p.default for p in inspect.signature(kind.__init__).parameters.values()}
    options = {**{k: v for k, v in defaults.items() if v is not inspect.Parameter.empty}, **options}
    sizes = {"D": D, "H": H} | {letter: options[name] for letter, name in LETTERS.items() if name in options}
    if "R" in sizes:
        X, Y = (sizes["R"] - 1 + (sizes["R"] % 2 == odd) for odd in (1, 0))
        sizes |= {"X": X, "Y": Y}  # the last odd and the last even number up to R
    module = sys.modules[kind.__module__]
    text, line = docstring_of(module, kind)
    return read_header(text, Path(module.__file__).name, options, sizes, line), sizes


@dataclass
class Network:
    """A cell of H units that reads symbols (T,), and an output layer that predicts `targets` (T,).

    A bidirectional cell learns symbol t from h of step t-1 of the one half and step t+1 of the other; any other cell
    predicts from h[t]. `machines` are by name: "", or "forward" and "backward", and "output"; their parameters are
    those of `cell` and `layer`.
    """

    cell: Cell
    layer: output.Output
    symbols: np.ndarray
    targets: np.ndarray
    machines: dict[str, Machine]

    def run(self) -> list[tuple[str, Step]]:
        """All steps, each with the name of its machine: forward in time, backward in time, and the sums over time."""
        return [*self.forward(), *self.backward(), *self.sums()]

    @property
    def T(self) -> int:
        return len(self.symbols)

    @property
    def lanes(self) -> dict[str, Machine]:
        """The machines of the cells, by name."""
        return {name: machine for name, machine in self.machines.items() if name != "output"}

    def times(self, machine: Machine) -> range:
        """The steps in the order in which a machine goes forward."""
        return range(self.T)[:: machine.back]

    def read(self, t: int) -> list[tuple[str, int]]:
        """Whose h, and of which step, the output layer reads to predict `targets[t]`."""
        both = len(self.lanes) > 1
        return [(name, t - machine.back if both else t) for name, machine in self.lanes.items()]

    def forward(self) -> Iterator[tuple[str, Step]]:
        vectors = np.eye(self.cell.D)[self.symbols]
        for name, machine in self.lanes.items():
            times = self.times(machine)
            zero = np.zeros((1, self.cell.H))
            machine.values[times[0] - machine.back] = {state: zero for state in self.states}
            for t in times:
                machine.values[t] = {"x": vectors[t : t + 1]}
                yield from ((name, step) for step in machine.step(t, backward=False))
                if len(self.lanes) == 1:
                    yield from self.predict(t)
        if len(self.lanes) > 1:
            for t in range(self.T):
                yield from self.predict(t)

    def predict(self, t: int) -> Iterator[tuple[str, Step]]:
        out = self.machines["output"]
        h = np.concatenate([self.machines[name].values[when]["h"] for name, when in self.read(t)], axis=1)
        out.values[t] = {"h": h, "y": self.targets[t : t + 1], "total": np.array([[float(self.T)]])}
        yield from (("output", step) for step in out.step(t, backward=False))

    def backward(self) -> Iterator[tuple[str, Step]]:
        above = {(name, t): np.zeros((1, self.cell.H)) for name in self.lanes for t in range(-1, self.T + 1)}
        both = len(self.lanes) > 1
        for t in reversed(range(self.T)) if both else ():
            yield from self.blame(t, above)
        for name, machine in self.lanes.items():
            following = {f"d{state}_next": np.zeros((1, self.cell.H)) for state in self.states}
            for t in reversed(self.times(machine)):
                if not both:
                    yield from self.blame(t, above)
                machine.values[t] |= following | {"dh_above": above[name, t], "dh": above[name, t], "done": True}
                yield from ((name, step) for step in machine.step(t, backward=True))
                following = {key: machine.values[t][key] for key in following}

    def blame(self, t: int, above: dict) -> Iterator[tuple[str, Step]]:
        """Backward through the output layer at step t, to the gradients of what it read."""
        out = self.machines["output"]
        out.values[t]["done"] = True
        yield from (("output", step) for step in out.step(t, backward=True))
        for (name, when), dh in zip(self.read(t), np.split(out.values[t]["dh"], len(self.lanes), axis=1)):
            above[name, when] = dh

    def sums(self) -> Iterator[tuple[str, Step]]:
        for name, machine in self.machines.items():
            yield from ((name, step) for step in machine.totals())

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the arrays of a cell's state."""
        return getattr(getattr(self.cell, "kind", self.cell), "states", ("h",))
