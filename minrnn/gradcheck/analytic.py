"""The forward pass of a user's cell as its own reference: run with complex numbers where that is possible.

The complex step needs a forward pass that is *analytic*: made of functions that have a derivative for complex
numbers. So the derivative along a random direction is computed first, by the complex step and by differences.
"""

import ast
import inspect
import traceback
import warnings
from copy import copy
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.exceptions import ComplexWarning

from cells import CELLS, Bidirectional
from cells.cell import Cell

from ..own_cell.states import filled, leaves
from ..own_cell.users_code import is_theirs
from . import reference
from .check import has_naive_step
from .differences import differences

# Functions that drop the imaginary part, or have no derivative for complex numbers.
NOT_ANALYTIC = {
    *("abs", "absolute", "fabs", "hypot", "norm", "sign", "copysign", "real", "imag", "angle"),
    *("conj", "conjugate", "vdot", "float", "astype", "round", "rint", "floor", "ceil"),
}
# The largest relative difference of the two derivatives of an analytic forward pass.
AGREE = 1e-6


class Reference(NamedTuple):
    """What gradients of a cell are compared with."""

    method: str  # a key of check.TOLERANCE
    run: reference.Run | None  # the forward pass for complex numbers, None where there is none
    why: str = ""  # why it is differences, in one line


def reference_of(name: str, options: dict) -> Reference:
    """The best reference that there is for the cell `name` of CELLS with these options of its constructor."""
    if has_naive_step(name):
        return Reference("complex step", reference.naive(name, options.get("gates", "sigmoid")))
    kind = CELLS[name]
    if issubclass(kind, Bidirectional):
        return Reference("differences", None, "a bidirectional cell of one's own is not run with complex numbers")
    if kernels := compiled(kind):
        why = f"Numba kernels ({kernels}) do not run with complex numbers"
        return Reference("differences", None, why)
    rng = np.random.default_rng(0)
    own, place = OwnForward(kind, options), f"near line {{}} of {source_file(kind).name}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ComplexWarning)
            analytic = own.agrees(rng)
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if is_theirs(f.filename)]
        what = "a cast to float" if isinstance(error, ComplexWarning) else " ".join(str(error).split())
        where = place.format(frames[-1].lineno) if frames else "somewhere"
        return Reference("differences", None, f"the forward pass does not run with complex numbers: {what} {where}")
    if not analytic:
        found = suspects(kind)
        what = ", ".join(f"{word} {place.format(line)}" for word, line in found) or "abs, max, a comparison or a cast"
        return Reference("differences", None, f"the forward pass is not analytic: {what}")
    return Reference("own complex step", own)


class OwnForward:
    """The forward pass of a cell, for complex numbers and many values at once, like `reference.run_cell`."""

    def __init__(self, kind: type, options: dict):
        self.kind, self.options, self.cells = kind, options, {}

    def cell(self, D: int, H: int) -> Cell:
        """The cell with these sizes; its parameters are put in later."""
        if (D, H) not in self.cells:
            rng = np.random.default_rng(0)
            self.cells[D, H] = self.kind(D, H, dtype=np.float64, rng=rng, **self.options)
        return self.cells[D, H]

    def __call__(self, p: reference.Arrays, x: np.ndarray, state: tuple) -> tuple[list, tuple]:
        """p, x (..., T, N, D), state of (..., N, H) -> a list of T arrays h, state. At most one axis in front."""
        params = self.cell(x.shape[-1], state[0].shape[-1]).params
        dims = [*(params[key].ndim for key in p), 3, *(2 for _ in state)]
        arrays = [*p.values(), x, *state]
        copies = [len(v) for v, n in zip(arrays, dims) if v.ndim > n]
        runs = []
        for k in range(max(copies, default=1)):
            chosen = [v[k] if v.ndim > n else v for v, n in zip(arrays, dims)]
            runs.append(self.one(dict(zip(p, chosen)), chosen[len(p)], tuple(chosen[len(p) + 1 :])))
        if not copies:
            return runs[0]
        hs, lasts = zip(*runs)
        return [np.stack(h) for h in zip(*hs)], tuple(np.stack(part) for part in zip(*lasts))

    def one(self, p: reference.Arrays, x: np.ndarray, state: tuple) -> tuple[list, tuple]:
        own = copy(self.cell(x.shape[-1], state[0].shape[-1]))
        zero = own.zero_state(1)
        dtype = np.result_type(x, *p.values(), *state)
        own.dtype, own.params = dtype, {key: v.astype(dtype) for key, v in p.items()}
        own.trajectories, own.workspace, own.cache = {}, None, None
        first = {path: v.astype(dtype) for (path, _), v in zip(leaves(zero), state)}
        h, last = own.forward(x.astype(dtype), filled(zero, first))
        return list(h), tuple(part for _, part in leaves(last))

    def agrees(self, rng: np.random.Generator) -> bool:
        """Whether the derivative along a random direction is the same by the complex step and by differences."""
        T, N, D, H = 3, 4, 5, 6
        cell = self.cell(D, H)
        zero = [part for _, part in leaves(cell.zero_state(N))]
        keys = list(cell.params)
        at = [*cell.params.values(), rng.standard_normal((T, N, D)), *zero]
        at = [v + 0.3 * rng.standard_normal(v.shape) for v in at]
        along = [rng.standard_normal(v.shape) for v in at]
        weights = None

        def f(e):
            nonlocal weights
            v = [a + e * b for a, b in zip(at, along)]
            hs, last = self.one(dict(zip(keys, v)), v[len(keys)], tuple(v[len(keys) + 1 :]))
            out = np.concatenate([part.ravel() for part in (*hs, *last)])
            weights = rng.standard_normal(out.size) if weights is None else weights
            return out @ weights

        real, step = f(0.0), f(1j * reference.STEP)
        slope = differences(lambda e: float(f(e[0])), np.zeros(1))[0]
        close = abs(step.real - real) <= AGREE * max(1, abs(real))
        return bool(close and abs(step.imag / reference.STEP - slope) <= AGREE * max(1, abs(slope)))


def compiled(kind: type) -> str:
    """The names of some Numba kernels in the modules of a class and of its bases; empty if there are none."""
    modules = [inspect.getmodule(c) for c in kind.__mro__ if c not in (object, Cell)]
    return ", ".join([key for m in modules if m for key, v in vars(m).items() if hasattr(v, "py_func")][:3])


def source_file(kind: type) -> Path:
    """The file of a class; "?" for one that was made without a file."""
    try:
        return Path(inspect.getsourcefile(kind) or "?")
    except TypeError:
        return Path("?")


def suspects(kind: type) -> list[tuple[str, int]]:
    """(what, line) of up to two places in the file of a class that are not analytic, or may be."""
    try:
        tree = ast.parse(source_file(kind).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return []
    skipped = {
        id(node)
        for part in ast.walk(tree)
        if isinstance(part, ast.FunctionDef) and (part.name == "__init__" or "backward" in part.name)
        for node in ast.walk(part)
    }
    calls, comparisons = [], []
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        name = getattr(node, "attr", None) if isinstance(node, ast.Attribute) else getattr(node, "id", None)
        if name in NOT_ANALYTIC:
            calls.append((name, node.lineno))
        elif isinstance(node, ast.Compare) and any(
            isinstance(o, ast.Lt | ast.Gt | ast.LtE | ast.GtE) for o in node.ops
        ):
            comparisons.append(("a comparison", node.lineno))
    return sorted(dict.fromkeys(calls or comparisons), key=lambda found: found[1])[:2]
