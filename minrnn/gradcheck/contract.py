"""What a cell promises, tried out: what is missing or different is told in one line, before any gradient is judged."""

from inspect import signature

import numpy as np

from cells import CELLS

from ..errors import OptionError
from .check import width
from .states import leaves
from .users_code import calling

# All different, so that a swapped axis is a wrong shape.
T, N, D, H = 3, 4, 5, 6


def keep(name, options, symbols):
    """Raises OptionError where the cell `name` of CELLS breaks the contract.

    With `symbols`, it is also asked to take integers (T, N) in place of one-hot vectors.
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


class Trial:
    """A cell, and what its methods are called with. The methods here are to be called in their order."""

    def __init__(self, name):
        self.name, self.kind = name, CELLS[name]

    def demand(self, kept, message):
        if not kept:
            raise OptionError(f"{self.name}: {message}")

    def has_methods(self):
        for method, call in (
            ("forward", "forward(x, state=None)"),
            ("backward", "backward(dh, dstate=None)"),
            ("zero_state", "zero_state(N)"),
        ):
            found = getattr(self.kind, method, None)
            self.demand(callable(found), f"has no {method}; expected {call}")
            takes = [takes_arguments(found, n) for n in ((1,) if method == "zero_state" else (1, 2))]
            self.demand(all(takes), f"has {method}{signature(found)}; expected {call}")

    def begin(self, options):
        rng = np.random.default_rng(0)
        with calling(f"{self.name}(D, H, dtype=numpy.float64, rng=...)"):
            self.cell = self.kind(D, H, dtype=np.float64, rng=rng, **options)
        self.x, self.dh = rng.standard_normal((T, N, D)), rng.standard_normal((T, N, width(self.name, H)))
        self.rng = rng

    def has_params_and_grads(self):
        for what in ("params", "grads"):
            self.demand(
                isinstance(getattr(self.cell, what, None), dict), f"has no dict {what}; expected arrays by name"
            )
        params, grads = self.cell.params, self.cell.grads
        self.demand(
            params.keys() == grads.keys(),
            f"grads has the keys {list(grads)}, and params has {list(params)}; expected the same",
        )
        for key, p in params.items():
            self.array(p, np.shape(p), f"params[{key!r}]")
            self.array(grads[key], p.shape, f"grads[{key!r}]")

    def runs(self):
        """Forward and backward with and without a state; shapes and types of all that they return."""
        with calling(f"{self.name}: zero_state(N)"):
            zero = self.cell.zero_state(N)
        self.zero = leaves(zero)
        self.state(zero, "zero_state(N)")
        x, dh = self.x.copy(), self.dh.copy()
        self.forward(x, None)
        self.backward(dh, None, x.shape)
        _, last = self.forward(x, self.cell.zero_state(N))
        self.backward(dh, last, x.shape)
        self.demand((x == self.x).all(), "changes the x that forward was given; it must leave it as it is")
        self.demand((dh == self.dh).all(), "changes the dh that backward was given; it must leave it as it is")

    def uses_params(self):
        """A model moves all parameters into one vector, whose views then stand in the dicts."""
        before = self.forward(self.x, None)[0].copy()
        for key, p in self.cell.params.items():
            self.cell.params[key] = p + self.rng.standard_normal(p.shape)
        changed = not self.cell.params or (self.forward(self.x, None)[0] != before).any()
        self.demand(changed, "forward does not use the arrays that stand in params")

    def adds_to_grads(self):
        """A second step adds what the first one did."""
        once = {}
        for first in (0.0, 1000.0):
            there = {key: np.full(g.shape, first) for key, g in self.cell.grads.items()}
            self.cell.grads.update(there)
            self.forward(self.x, None)
            self.backward(self.dh, None, self.x.shape)
            for key, g in there.items():
                once.setdefault(key, g.copy())
                self.demand(
                    self.cell.grads[key] is g and np.allclose(g - first, once[key], rtol=1e-6, atol=1e-6),
                    f"backward overwrites grads[{key!r}]; it must add to the array that is there, with +=",
                )

    def takes_symbols(self):
        cure = "which one-hot inputs need; or give --embed"
        # Those of a bidirectional cell have its side before the name.
        self.demand(any(key.split(".")[-1] == "Wx" for key in self.cell.params), f"params has no 'Wx' (D, ...), {cure}")
        try:
            self.forward(self.rng.integers(0, D, (T, N)), None)
        except OptionError as error:
            raise OptionError(f"{error}; expected it to take symbols, integers (T, N), {cure}") from error
        self.backward(self.dh, None, None)

    # What is called, and what must come back.

    def forward(self, x, state):
        with calling(f"{self.name}: forward, x {x.shape}, state {'None' if state is None else 'zeros'}"):
            returned = self.cell.forward(x, state)
        h, last = self.pair(returned, "forward", "h, state")
        self.array(h, self.dh.shape, "h of forward")
        self.state(last, "state of forward")
        return h, last

    def backward(self, dh, dstate, dx_shape):
        with calling(f"{self.name}: backward, dh {dh.shape}, dstate {'None' if dstate is None else 'like the state'}"):
            returned = self.cell.backward(dh, dstate)
        dx, dfirst = self.pair(returned, "backward", "dx, dstate")
        if dx_shape is None:
            self.demand(dx is None, "backward returns a dx for symbols, which have none; expected None")
        else:
            self.array(dx, dx_shape, "dx of backward")
        self.state(dfirst, "dstate of backward")

    def pair(self, returned, method, what):
        good = isinstance(returned, tuple) and len(returned) == 2
        self.demand(good, f"{method} returns {type(returned).__name__}; expected two things, {what}")
        return returned

    def state(self, state, what):
        found = leaves(state)
        parts = [path for path, _ in found] == [path for path, _ in self.zero]
        self.demand(parts, f"{what} has {len(found)} parts; expected {len(self.zero)}, like zero_state(N)")
        for (path, part), (_, expected) in zip(found, self.zero):
            self.array(part, np.shape(expected), what + path.removeprefix("state"))

    def array(self, v, shape, what):
        self.demand(isinstance(v, np.ndarray), f"{what} is {type(v).__name__}; expected an array")
        self.demand(v.shape == shape, f"{what} has shape {v.shape}; expected {shape}")
        self.demand(v.dtype == np.float64, f"{what} is {v.dtype}; expected float64, as the cell was asked for")


def takes_arguments(method, count):
    """Whether a method can be called with so many arguments."""
    try:
        signature(method).bind(None, *[None] * count)
    except TypeError:
        return False
    return True
