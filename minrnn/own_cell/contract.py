"""What a cell promises, tried out: the first broken promise is told in one line, before any gradient is compared."""

from collections.abc import Callable
from inspect import signature

import numpy as np

from cells import CELLS
from cells.cell import Cell

from ..nn.config import width
from ..system.errors import OptionError
from ..system.wording import cell_label, plural
from .states import State, filled, leaves
from .users_code import calling

# All differ, so that a swapped axis is a wrong shape.
T, N, D, H = 3, 4, 5, 6
# The methods that every cell has, with their arguments.
METHODS = {"forward": ("x", "state=None"), "backward": ("dh", "dstate=None"), "zero_state": ("N",)}


def check_contract(name: str, options: dict, symbols: bool) -> Cell:
    """Raises OptionError where the cell `name` of CELLS breaks the contract; returns the cell that was tried.

    It has D inputs and H units. With `symbols`, it must also take integers (T, N) in place of one-hot vectors.
    """
    trial = Trial(name)
    trial.has_methods()
    trial.begin(options)
    trial.has_params_and_grads()
    trial.runs()
    trial.uses_params()
    trial.adds_to_grads()
    if symbols:
        trial.takes_symbols()
    return trial.cell


class Trial:
    """A cell, and the arguments for its methods. The methods here must be called in their order."""

    def __init__(self, name: str, dtype: type = np.float64):
        self.name, self.kind, self.dtype = cell_label(name), CELLS[name], dtype
        self.width = width(name, H)
        self.tolerance = 1e-9 if dtype is np.float64 else 1e-4

    def demand(self, kept: bool, message: str):
        if not kept:
            raise OptionError(f"{self.name}: {message}")

    def has_methods(self):
        for method, arguments in METHODS.items():
            found, call = getattr(self.kind, method, None), f"{method}({', '.join(arguments)})"
            self.demand(callable(found), f"has no {method}; expected {call}")
            accepted = all(accepts(found, n) for n in range(1, len(arguments) + 1))
            self.demand(accepted, accepted or f"has {method}{signature(found)}; expected {call}")

    def begin(self, options: dict):
        self.rng = np.random.default_rng(0)
        with calling(f"{self.name}(D, H, dtype=numpy.{self.dtype.__name__}, rng=...)"):
            self.cell = self.kind(D, H, dtype=self.dtype, rng=self.rng, **options)
        self.x = self.normal(T, N, D)
        self.dh = self.normal(T, N, self.width)

    def has_params_and_grads(self):
        params, grads = (getattr(self.cell, what, None) for what in ("params", "grads"))
        for what, found in (("params", params), ("grads", grads)):
            self.demand(isinstance(found, dict), f"has no dict {what}; expected arrays by name")
        same = params.keys() == grads.keys()
        self.demand(same, f"grads has the keys {list(grads)}; expected those of params, {list(params)}")
        for key, p in params.items():
            self.array(p, np.shape(p), f"params[{key!r}]")
            self.array(grads[key], p.shape, f"grads[{key!r}]")

    def runs(self):
        """Forward and backward with and without a state: what they return, and that they change no argument."""
        zero = self.zero(N)
        self.state(zero, N, "zero_state(N)")
        self.demand(all((part == 0).all() for _, part in leaves(zero)), "zero_state(N) is not all zeros")
        x, state = self.x.copy(), self.random(zero, "state")
        dh, dstate = self.dh.copy(), self.random(zero, "dstate")
        first, last = filled(zero, state), filled(zero, dstate, "dstate")
        h = self.forward(x, None)[0].copy()
        self.backward(dh, None, x.shape)
        others = [self.forward(x, zero)[0].copy()]
        self.forward(x, first)
        self.backward(dh, last, x.shape)
        others.append(self.forward(x, None)[0])
        self.unchanged("forward", {"x": x, **dict(leaves(first))}, {"x": self.x, **state})
        self.unchanged("backward", {"dh": dh, **dict(leaves(last, "dstate"))}, {"dh": self.dh, **dstate})
        same = all(close(h, other, self.tolerance) for other in others)
        self.demand(same, "forward without a state does not begin from zeros; a cell keeps no state of its own")
        self.forward(x[:1, :2], None)
        self.backward(dh[:1, :2], None, x[:1, :2].shape)

    def uses_params(self):
        """A model moves all parameters into one vector, and puts views of it into the dicts."""
        before = self.forward(self.x, None)[0].copy()
        for key, p in self.cell.params.items():
            self.cell.params[key] = self.normal(*p.shape)  # all new: old values may keep gates shut
        changed = not self.cell.params or (self.forward(self.x, None)[0] != before).any()
        self.demand(changed, "forward does not use the arrays that are in params")

    def adds_to_grads(self):
        """A second step adds to the gradient of the first one."""
        once = {}
        for first in (0.0, 1000.0):
            there = {key: np.full(g.shape, first) for key, g in self.cell.grads.items()}
            self.cell.grads.update(there)
            self.forward(self.x, None)
            self.backward(self.dh, None, self.x.shape)
            for key, g in there.items():
                once.setdefault(key, g.copy())
                added = self.cell.grads[key] is g and close(g - first, once[key], 1e-6)
                self.demand(added, f"backward overwrites grads[{key!r}]; it must add to this array, with +=")

    def takes_symbols(self):
        cure = "which one-hot inputs need; or give --embed"
        # The parameters of a bidirectional cell have its side before the name.
        self.demand(any(key.split(".")[-1] == "Wx" for key in self.cell.params), f"params has no 'Wx' (D, ...), {cure}")
        try:
            self.forward(self.rng.integers(0, D, (T, N)), None)
        except OptionError as error:
            raise OptionError(f"{error}; expected it to take symbols, integers (T, N), {cure}") from error
        self.backward(self.dh, None, None)

    # Calls of the cell, each with a check of what it returns.

    def zero(self, n: int) -> State:
        with calling(f"{self.name}: zero_state({n})"):
            return self.cell.zero_state(n)

    def random(self, zero: State, path: str) -> dict[str, np.ndarray]:
        """{place: random numbers} for all arrays of a state like this one."""
        return {name: self.normal(*part.shape) for name, part in leaves(zero, path)}

    def normal(self, *shape: int) -> np.ndarray:
        return self.rng.standard_normal(shape).astype(self.dtype)

    def forward(self, x, state):
        with calling(f"{self.name}: forward, x {x.shape}, state {'None' if state is None else 'given'}"):
            returned = self.cell.forward(x, state)
        h, last = self.pair(returned, "forward", "h, state")
        self.array(h, (*x.shape[:2], self.width), "h of forward")
        self.state(last, x.shape[1], "state of forward")
        return h, last

    def backward(self, dh, dstate, dx_shape):
        with calling(f"{self.name}: backward, dh {dh.shape}, dstate {'None' if dstate is None else 'like the state'}"):
            returned = self.cell.backward(dh, dstate)
        dx, dfirst = self.pair(returned, "backward", "dx, dstate")
        if dx_shape is None:
            self.demand(dx is None, "backward returns a dx for symbols, which have none; expected None")
        else:
            self.array(dx, dx_shape, "dx of backward")
        self.state(dfirst, dh.shape[1], "dstate of backward")

    def unchanged(self, method: str, now: dict, before: dict):
        for what, v in before.items():
            same = np.array_equal(now[what], v)
            self.demand(same, f"changes the {what} that {method} was given; it must leave it as it is")

    def pair(self, returned, method: str, what: str):
        good = isinstance(returned, tuple) and len(returned) == 2
        self.demand(good, f"{method} returns {type(returned).__name__}; expected two things, {what}")
        return returned

    def state(self, state: State, n: int, what: str):
        found, zero = leaves(state), leaves(self.zero(n))
        same = [path for path, _ in found] == [path for path, _ in zero]
        self.demand(same, f"{what} has {plural(len(found), 'part')}; expected {len(zero)}, like zero_state(N)")
        for (path, part), (_, expected) in zip(found, zero):
            self.array(part, np.shape(expected), what + path.removeprefix("state"))

    def array(self, v, shape: tuple, what: str):
        self.demand(isinstance(v, np.ndarray), f"{what} is {type(v).__name__}; expected an array")
        self.demand(v.shape == shape, f"{what} has shape {v.shape}; expected {shape}")
        asked = np.dtype(self.dtype)
        self.demand(v.dtype == asked, f"{what} is {v.dtype}; expected {asked}, as the cell was asked for")


def close(v: np.ndarray, w: np.ndarray, tolerance: float) -> bool:
    """Whether they are equal but for rounding. NaN equals NaN: that is for the check to find."""
    return np.allclose(v, w, rtol=tolerance, atol=tolerance, equal_nan=True)


def accepts(method: Callable, n: int) -> bool:
    """Whether a method can be called with n arguments and self. Where it has no signature, the call will tell."""
    try:
        signature(method).bind(None, *[None] * n)
    except ValueError:
        return True
    except TypeError:
        return False
    return True
