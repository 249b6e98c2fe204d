"""What is right and what is wrong about the backward pass of a cell: by array, gate, source and time step."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from cells import CELLS

from ..own_cell import contract
from .analytic import Reference
from .check import TOLERANCE, Check
from .check_cell import Bench, check_cell
from .jacobian import Part, parts
from .pieces import Piece, kept

# One row; more steps than two, so that a share may pass two of them.
T = 3


class CellFacts:
    """All facts about one cell. Each is computed when it is first asked for: some take a tenth of a second."""

    def __init__(self, name: str, options: dict, check: Check, sizes: dict[str, int], seed: int = 0):
        self.name, self.options, self.check, self.sizes, self.seed = name, options, check, sizes, seed
        self.D, self.H = contract.D, contract.H

    # From the whole check: every array at once.

    @cached_property
    def wrong(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """{name: (got, expected)} of the arrays that are wrong."""
        c = self.check
        return {
            self.said(group, name): (c.got[group][name], c.expected[group][name])
            for group, errors in c.errors.items()
            for name, error in errors.items()
            if not error <= c.tolerance
        }

    @property
    def right(self) -> list[str]:
        """The names of the arrays that are right."""
        names = [self.said(group, name) for group, errors in self.check.errors.items() for name in errors]
        return [name for name in names if name not in self.wrong]

    def said(self, group: str, name: str) -> str:
        """A gradient by its name in formulas: dWx, dx, and what is passed back in a part of the state."""
        return f"the gradient of the initial {self.state(name)}" if group == "states" else f"d{name}"

    def state(self, path: str) -> str:
        """The name of a part of the state: "state.1" -> "c"."""
        names, k = getattr(CELLS[self.name], "states", ()), path.removeprefix("state").strip(".")
        return names[int(k or 0)] if len(names) > int(k.split(".")[0] or 0) and "." not in k else path

    # One row, one step.

    @cached_property
    def bench(self) -> Bench:
        return self.new_bench(1)

    def new_bench(self, T: int, source: Reference | None = None) -> Bench:
        bench = Bench(self.name, self.options, T, 1, self.D, self.H, self.seed)
        bench.source = source or bench.source
        return bench

    @cached_property
    def one_step(self) -> list[Part]:
        return parts(self.bench)

    @cached_property
    def pieces(self) -> list[Piece]:
        return [piece for part in self.one_step for piece in self.cut(part)]

    def cut(self, part: Part) -> Iterator[Piece]:
        """A part, gate by gate."""
        got, expected = (v.reshape(len(v), *part.got.shape[1:]) for v in (part.got, part.expected))
        if part.group != "parameters":
            flat = len(got), -1
            back = part.group == "states"
            array = f"d{self.state(part.name)}_next" if back else self.said(part.group, part.name)
            yield Piece(array, "", part.source, got.reshape(flat), expected.reshape(flat), part.right)
            return
        if got.ndim == 3:
            row = np.abs(expected).max(axis=(0, 2)).argmax()
            whole, got, expected = (got, expected), got[:, row], expected[:, row]
        else:
            whole = got, expected
        letters = self.letters(got.shape[-1])
        for k, letter in enumerate(letters):
            at = (..., slice(k * self.H, (k + 1) * self.H) if letter else slice(None))
            right = bool(np.abs(whole[0][at] - whole[1][at]).max() <= part.close)
            yield Piece(f"d{part.name}", letter, part.source, got[at], expected[at], right)

    def letters(self, columns: int) -> list[str]:
        """The names of the gates that this many columns belong to; [""] if they are of one, or cannot be told."""
        if columns <= self.H or columns % self.H:
            return [""]
        known, n = getattr(self.bench.cell, "gate_letters", ""), columns // self.H
        return list(known) if len(known) == n else [str(k + 1) for k in range(n)]

    @property
    def wrong_pieces(self) -> list[Piece]:
        return [piece for piece in self.pieces if not piece.right]

    @property
    def of_parameters(self) -> list[Piece]:
        """The wrong pieces of parameters; where there are none, those of what is passed back."""
        own = {f"d{key}" for key in self.bench.cell.params}
        chosen = [piece for piece in self.wrong_pieces if piece.array in own]
        return chosen or [piece for piece in self.wrong_pieces if piece.array != "dx"] or self.wrong_pieces

    @cached_property
    def values(self) -> dict[str, np.ndarray]:
        """What the forward pass has computed for the one row, (H,) each, by name; y for all that has none."""
        bench, found = self.bench, {}
        bench.gradients(bench.dh, bench.dlast)
        if hasattr(bench.cell, "activations"):
            found = {key: v.ravel() for key, v in bench.cell.activations().items() if v.size == self.H}
        found |= {f"{self.state(path)}_prev": v.ravel() for path, v in bench.states.items()}
        nameless = {
            f"y{k}": part
            for k, v in enumerate(kept(vars(bench.cell)))
            if v.size % self.H == 0 and v.shape[-1] % self.H == 0 and v.size <= 8 * self.H
            for part in v.reshape(-1, self.H)
        }
        return found | nameless

    @cached_property
    def matrices(self) -> dict[str, np.ndarray]:
        """The square blocks of the matrices, by name: Wh_n."""
        found = {}
        for key, W in self.bench.cell.params.items():
            if W.ndim == 2 and len(W) == self.H:
                for k, letter in enumerate(self.letters(W.shape[1])):
                    if letter or W.shape[1] == self.H:
                        name = f"{key}_{letter}" if letter else key
                        found[name] = W[:, k * self.H : (k + 1) * self.H]
        return found

    # One row, some steps.

    @cached_property
    def steps(self) -> list[Part]:
        return parts(self.new_bench(T))

    # Other ways to run it.

    @cached_property
    def rows_wrong(self) -> list[str]:
        """The wrong arrays of one step with several rows."""
        return check_cell(self.name, self.options, 1, contract.N, self.D, self.H, self.seed, moved=False).wrong

    @cached_property
    def first_call(self) -> Check:
        """The check of the first call of a new cell."""
        sizes = (self.sizes[key] for key in "TNDH")
        return check_cell(self.name, self.options, *sizes, self.seed, moved=False)

    @cached_property
    def fits_own_forward(self) -> bool:
        """Whether the backward pass is right for the cell's own forward pass, by differences."""
        return all(part.right for part in parts(self.new_bench(2, Reference("differences", None))))

    @cached_property
    def first_parting(self) -> str | None:
        """Where the forward pass and the naive one part first; None where they agree."""
        if self.check.method != "complex step":
            return None
        bench = Bench(self.name, self.options, T, contract.N, self.D, self.H, self.seed)
        values = bench.values()
        (h, last), (naive_h, naive_last) = bench.forward(values), bench.reference(values)
        for t in range(T):
            if not close(h[t], naive_h[t]):
                return f"h at t = {t}" + ("" if t else ", the first step")
        for path, ours, theirs in zip(bench.states, last, naive_last):
            if not close(ours, theirs):
                return f"the last {self.state(path)}, though h is right at every step"
        return None


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.abs(a - b).max() <= TOLERANCE["complex step"] * max(1, np.abs(b).max()))
