"""A right cell in a file of its own, the command gradcheck for it, and what its output says."""

import re
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from cells import CELLS
from minrnn.gradcheck import __main__ as command
from minrnn.system.command import run_script

# A cell with right gradients that keeps the contract. It has no naive forward pass.
CELL = """
import numpy as np
from cells.cell import Cell

class Mine(Cell):
    @staticmethod
    def shapes(D, H):
        return {"Wx": (D, H), "Wh": (H, H), "b": (H,)}

    def __init__(self, D, H, dtype=np.float32, rng=None):
        super().__init__(D, H, dtype, rng)

    def forward(self, x, state=None):
        v = np.eye(self.D, dtype=self.dtype)[x] if x.ndim == 2 else x
        h = np.empty((len(x) + 1, x.shape[1], self.H), self.dtype)
        h[0] = 0 if state is None else state
        for t in range(len(x)):
            h[t + 1] = np.tanh(v[t] @ self.params["Wx"] + h[t] @ self.params["Wh"] + self.params["b"])
        self.cache = x, v, h
        return h[1:], h[-1].copy()

    def backward(self, dh, dstate=None):
        x, v, h = self.cache
        dx, dh_next = np.empty(v.shape, self.dtype), np.zeros(h[0].shape) if dstate is None else dstate
        for t in reversed(range(len(x))):
            da = (dh[t] + dh_next) * (1 - h[t + 1] ** 2)
            self.grads["Wx"] += v[t].T @ da
            self.grads["Wh"] += h[t].T @ da
            self.grads["b"] += da.sum(axis=0)
            dx[t] = da @ self.params["Wx"].T
            dh_next = da @ self.params["Wh"].T
        return None if x.ndim == 2 else dx, dh_next
"""
ALL = {"Wx", "Wh", "b", "input x", "initial state"}


def spoiled(right, wrong):
    assert CELL.count(right) == 1
    return CELL.replace(right, wrong)


@contextmanager
def in_this_process(tmp_path, monkeypatch, capsys):
    """What runs the command in this process, in an empty folder; whatever it adds to CELLS is taken out again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = dict(CELLS)

    def run(*arguments, cell=None):
        if cell:
            (tmp_path / "mine.py").write_text(cell)
            arguments = ("--cell", "mine.py:Mine", *arguments)
        monkeypatch.setattr(sys, "argv", ["gradcheck", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            run_script(command.main)
        out, err = capsys.readouterr()
        return SimpleNamespace(returncode=stop.value.code, stdout=out, stderr=err)

    yield run
    CELLS.clear()
    CELLS.update(before)


def gradients(output):
    """{name: (shape, error)} for each of the two parts of the output for one cell: by itself, and in a model."""
    line = re.compile(r"  ((?:input |initial )?\S+) +(\([\d, ]+\)) +(\S+e[+-]\d\d)( .*)?")
    parts = output.split(" in a model: ")
    assert len(parts) == 2
    found = [[line.fullmatch(text) for text in part.splitlines()] for part in parts]
    return [{m[1]: (eval(m[2]), float(m[3])) for m in matches if m} for matches in found]


def wrong(output):
    """What the last line calls wrong: of the cell by itself, and of the model."""
    alone, _, model = output.splitlines()[-1].removeprefix("WRONG: ").partition("in a model: ")
    return [set(filter(None, part.rstrip("; ").split(", "))) for part in (alone, model)]
