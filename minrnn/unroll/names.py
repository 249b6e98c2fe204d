"""What a name in an equation means: values of a time step, parameters, and blocks of both.

A name means, in this order: a value of the step; a parameter (A_1 also the one called A1); a block of one of these;
all its blocks, side by side. d of a name has the blocks of the name.
"""

import re
from dataclasses import dataclass, field

import numpy as np

from .equation import Header, HeaderError
from .grammar import Node, Unreadable

INDEX = re.compile(r"([A-Za-z]|-?\d+)([+-]\d+)?")
Bound = dict[str, str]  # what a letter in a name stands for: {"k": "2"}
Values = dict[str, np.ndarray]


@dataclass
class Names:
    """A header with parameters. `values[t]` has what step t computed, by name; `values[-1]` the initial state.

    `back` is by how much t grows in a step: -1 in a cell that reads from the end.
    """

    header: Header
    params: Values
    sizes: dict[str, int]
    back: int = 1
    values: dict[int, Values] = field(default_factory=dict)

    def key(self, node: Node, bound: Bound) -> tuple[str, str]:
        """A name with its letters replaced, and "t", "t-1" or "y": ("w_2", "t") for w_k where k is 2."""
        name, index = node.args
        first, *rest = name.split("_")
        key = "_".join([first, *(bound.get(part, part) for part in rest)])
        if index is None or index in ("t", "t-1", "y"):
            return key, index or "t"
        return f"{key}[{self.number(index, bound)}]", "t"

    def number(self, index: str, bound: Bound) -> int:
        """The number that an index such as k-1 or X stands for."""
        match = INDEX.fullmatch(index)
        value = match and bound.get(match[1], self.sizes.get(match[1], match[1]))
        if value is None or not str(value).lstrip("-").isdigit():
            raise Unreadable(f"the index [{index}] is not known; expected [t], [t-1] or numbers")
        return int(value) + int(match[2] or 0)

    def range(self, backward: bool = False) -> range:
        """The numbers that k stands for, in the order of this direction."""
        letter = self.header.rounds or "K"
        if letter not in self.sizes:
            raise HeaderError(f"{self.header.file}: nobody says how many k there are")
        k = range(1, self.sizes[letter] + 1)
        return k[::-1] if backward else k

    def look_up(self, node: Node, bound: Bound, t: int) -> np.ndarray:
        """The value of a name at step t. Raises Unreadable if nothing has this name."""
        key, when = self.key(node, bound)
        values = self.values.get(t - self.back if when == "t-1" else t, {})
        value = self.found(key, values)
        if value is None:
            known = ", ".join(self.params)
            raise Unreadable(f"{node.text} has no value here (parameters are {known})")
        return value[np.arange(len(value)), values["y"]][:, np.newaxis] if when == "y" else value

    def found(self, key: str, values: Values) -> np.ndarray | None:
        """What has this name among the values and parameters; None if nothing has."""
        for v in (self.exact(key, values), self.part(key, values), self.joined(key, values)):
            if v is not None:
                return v
        return None

    def exact(self, key: str, values: Values) -> np.ndarray | None:
        for place, name in ((values, key), (self.params, key), (self.params, key.replace("_", ""))):
            if name in place:
                return place[name]
        return None

    def part(self, key: str, values: Values) -> np.ndarray | None:
        """The block of something whole: a_i of a."""
        pieces = key.split("_")
        for k in range(len(pieces) - 1, 0, -1):
            base, letter, start = "_".join(pieces[:k]), "_".join(pieces[k:]), 0
            whole = self.exact(base, values)
            blocks = self.blocks(base, values) if whole is not None else []
            for name, width in blocks:
                if name == letter:
                    if (columns := whole.shape[-1]) != (total := sum(width for _, width in blocks)):
                        raise Unreadable(f"{base} has {columns} columns, and its blocks have {total} together")
                    return whole[..., start : start + width]
                start += width
        return None

    def joined(self, key: str, values: Values) -> np.ndarray | None:
        """What has only its blocks: da of da_i, da_f, da_g and da_o."""
        blocks = []
        for letter, _ in self.blocks(key, values):
            v = self.exact(f"{key}_{letter}", values)
            blocks.append(self.joined(f"{key}_{letter}", values) if v is None else v)
        return np.concatenate(blocks, axis=-1) if blocks and all(b is not None for b in blocks) else None

    def blocks(self, base: str, values: Values) -> list[tuple[str, int]]:
        """The blocks of what has this name, or had it without its d: letters and widths; [] for one without any."""
        names = (base, base.removeprefix("d"))
        declared = next((self.header.blocks[name] for name in names if name in self.header.blocks), None)
        if declared is not None:
            return declared
        for name in names:
            for value, blocks in self.header.blocks.items() if name in self.params else ():
                if self.params[name].shape[-1] == sum(width for _, width in blocks) and self.header.shared(value, name):
                    return blocks
        whole = next((place[name] for name in names for place in (values, self.params) if name in place), None)
        numbered = f"{base}_1" in values if whole is None else whole.shape[-1] == self.sizes.get("K")
        return [(str(k), 1) for k in self.range()] if numbered else []
