"""What a cell promises, tried out: what is missing or different is told in one line, before any gradient is judged."""

from inspect import signature

import numpy as np

from cells import CELLS

from ..system.errors import OptionError
from .check import width
from .states import filled, leaves
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
            for n in (1,) if method == "zero_state" else (1, 2):
                refused = refused_arguments(found, n)
                self.demand(not refused, f"has {method}{refused}; expected {call}")

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
        """Forward and backward with and without a state: what they return, and what they leave as it is."""
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
        self.demand(
            all(close(h, other, 1e-9) for other in others),
            "forward without a state does not begin from zeros; a cell keeps no state, it takes and returns it",
        )
        self.forward(x[:1, :2], None)
        self.backward(dh[:1, :2], None, x[:1, :2].shape)

    def uses_params(self):
        """A model moves all parameters into one vector, whose views then stand in the dicts."""
        before = self.forward(self.x, None)[0].copy()
        for key, p in self.cell.params.items():
            self.cell.params[key] = self.rng.standard_normal(p.shape)  # not p and more: its gates may be shut
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
                    self.cell.grads[key] is g and close(g - first, once[key], 1e-6),
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

    def zero(self, n):
        with calling(f"{self.name}: zero_state({n})"):
            return self.cell.zero_state(n)

    def random(self, zero, path):
        """{name: numbers} for all parts of a state like this one."""
        return {name: self.rng.standard_normal(part.shape) for name, part in leaves(zero, path)}

    def forward(self, x, state):
        with calling(f"{self.name}: forward, x {x.shape}, state {'None' if state is None else 'given'}"):
            returned = self.cell.forward(x, state)
        h, last = self.pair(returned, "forward", "h, state")
        self.array(h, (*x.shape[:2], width(self.name, H)), "h of forward")
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

    def unchanged(self, method, now, before):
        for what, v in before.items():
            same = np.array_equal(now[what], v)
            self.demand(same, f"changes the {what} that {method} was given; it must leave it as it is")

    def pair(self, returned, method, what):
        good = isinstance(returned, tuple) and len(returned) == 2
        self.demand(good, f"{method} returns {type(returned).__name__}; expected two things, {what}")
        return returned

    def state(self, state, n, what):
        found, zero = leaves(state), leaves(self.zero(n))
        parts = [path for path, _ in found] == [path for path, _ in zero]
        self.demand(parts, f"{what} has {len(found)} parts; expected {len(zero)}, like zero_state(N)")
        for (path, part), (_, expected) in zip(found, zero):
            self.array(part, np.shape(expected), what + path.removeprefix("state"))

    def array(self, v, shape, what):
        self.demand(isinstance(v, np.ndarray), f"{what} is {type(v).__name__}; expected an array")
        self.demand(v.shape == shape, f"{what} has shape {v.shape}; expected {shape}")
        self.demand(v.dtype == np.float64, f"{what} is {v.dtype}; expected float64, as the cell was asked for")


def close(v, w, tolerance):
    """Whether they are equal but for rounding. What is not a number is left to the check."""
    return np.allclose(v, w, rtol=tolerance, atol=tolerance, equal_nan=True)


def refused_arguments(method, count):
    """The signature of a method that cannot be called with so many arguments, or None.

    Of what has no signature, as some that is not written in Python, the call itself will tell.
    """
    try:
        declared = signature(method)
    except (TypeError, ValueError):
        return None
    try:
        declared.bind(None, *[None] * count)
    except TypeError:
        return declared
    return None
