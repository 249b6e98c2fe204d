"""Where each number of a network stands on the page: in a row of a time step's card, between two cards, or among the
parameters. A place has an id, such as "cell/2/f/d": the row f of step 2, its gradient.
"""

from dataclasses import dataclass, field

import numpy as np

from .grammar import Node
from .machine import Machine, Step
from .network import Network

VALUE, GRADIENT = "v", "d"


@dataclass
class Strip:
    """The cards of one machine, one for each t. `rows` are labels in order; `wires` the states that are passed on.

    Rows in `only` have a gradient and no value.
    """

    name: str
    machine: Machine
    rows: list[str] = field(default_factory=list)
    wires: tuple[str, ...] = ()
    only: list[str] = field(default_factory=list)

    def gap(self, t: int, after: bool) -> int:
        """The number of the gap before or after step t; gap t is left of card t."""
        return t + (after == (self.machine.back == 1))

    def pieces(self, key: str, value: np.ndarray) -> list[tuple[str, np.ndarray]]:
        """A value by the labels of its rows: one for each block, if it has blocks with letters."""
        blocks = self.machine.blocks(key, {key: value})
        if not blocks or blocks[0][0].isdigit() or sum(width for _, width in blocks) != value.shape[-1]:
            return [(key, value)]
        ends = np.cumsum([width for _, width in blocks])[:-1]
        return [(f"{key}_{letter}", v) for (letter, _), v in zip(blocks, np.split(value, ends, axis=-1))]

    def fills(self, step: Step) -> list[tuple[str, np.ndarray]]:
        """What a step writes: places and values."""
        if step.t is None:
            return [(f"{self.name}/p/{label[1:]}/d", v) for label, v in self.pieces(step.key, step.value)]
        if step.key in self.passed:
            return [(f"{self.name}/w{self.gap(step.t, after=False)}/{self.passed[step.key]}/d", step.value)]
        places = []
        for label, v in self.pieces(step.key, step.value):
            places.append((f"{self.name}/{step.t}/{self.row(label, step.equation.backward)}", v))
        if step.key in self.wires:
            places.append((f"{self.name}/w{self.gap(step.t, after=True)}/{step.key}/v", step.value))
        return places

    @property
    def passed(self) -> dict[str, str]:
        """The states by the names of the gradients that step t+1 gives to step t."""
        return {f"d{state}_next": state for state in self.wires}

    def row(self, label: str, backward: bool) -> str:
        """The row and column of a value, which gets a row if it has none."""
        column = GRADIENT if backward else VALUE
        if backward and label[:1] == "d" and label[1:] in self.rows:
            return f"{label[1:]}/{column}"
        if label not in self.rows:
            self.rows.append(label)
            self.only += [label] if backward else []
        return f"{label}/{column}"

    def reads(self, step: Step, written: set[str]) -> list[str]:
        """The places that a step reads. `written` are the names that this step t has already written backward."""
        places = []
        for name, bound in names(step, self.machine):
            key, when = self.machine.key(name, bound)
            if key in self.passed and step.equation.backward:
                gap = self.gap(step.t, after=key not in written)
                places.append(f"{self.name}/w{gap}/{self.passed[key]}/d")
            elif when == "t-1":
                places.append(f"{self.name}/w{self.gap(step.t, after=False)}/{key}/v")
            elif key in self.rows and key not in self.only:
                places.append(f"{self.name}/{step.t}/{key}/v")
            else:
                places += self.read_blocks(key, step.t)
        return list(dict.fromkeys(places))

    def read_blocks(self, key: str, t: int) -> list[str]:
        """The places of a parameter, of a gradient, or of the blocks of either or of a value."""
        if key in self.rows:
            return [f"{self.name}/{t}/{key}/d"]
        if key[:1] == "d" and key[1:] in self.rows:
            return [f"{self.name}/{t}/{key[1:]}/d"]
        base, column = (key[1:], GRADIENT) if key[:1] == "d" else (key, VALUE)
        of_value = [f"{self.name}/{t}/{row}/{column}" for row in self.rows if row.startswith(f"{base}_")]
        exact = [label for label in self.parameters() if key.replace("_", "") == label.replace("_", "")]
        return of_value or [
            f"{self.name}/p/{label}/v" for label in exact or [p for p in self.parameters() if p.startswith(f"{key}_")]
        ]

    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters of this machine, block by block."""
        return {label: v for name, p in self.machine.params.items() for label, v in self.pieces(name, p)}


def names(step: Step, machine: Machine) -> list[tuple[Node, dict]]:
    """The names on the right side of a step's equation, each with what its letters stand for."""
    found = []

    def walk(node: Node, bound: dict) -> None:
        for part, inner in machine.unfolded(node, bound):
            if part.op == "name":
                found.append((part, inner))
            for child in part.args:
                if isinstance(child, Node):
                    walk(child, inner)

    if not step.equation.total:
        walk(step.equation.value, step.bound)
    return found


def strips(network: Network) -> list[Strip]:
    """One for each cell, and one for the output layer."""
    cells = [Strip(name, machine, ["x"], tuple(network.states)) for name, machine in network.lanes.items()]
    return [*cells, Strip("output", network.machines["output"])]
