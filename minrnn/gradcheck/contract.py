"""What a cell promises, tried out: what is missing or different is told in one line, before any gradient is judged."""

import traceback
from contextlib import contextmanager
from inspect import signature
from pathlib import Path

import numpy as np

from cells import CELLS

from ..errors import OptionError
from .check import leaves, width

# All different, so that a swapped axis is a wrong shape.
T, N, D, H = 3, 4, 5, 6


@contextmanager
def calling(what):
    """Turns any exception within into an OptionError that says where in the user's own code it was raised."""
    try:
        yield
    except (OptionError, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, SyntaxError):
            where = f"{Path(error.filename or '?').name}, line {error.lineno}"
            message = error.msg
        else:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where, message = f"{Path(frame.filename).name}, line {frame.lineno}", " ".join(str(error).split())
        raise OptionError(f"{what} raised {type(error).__name__}: {message} ({where})") from error


def keep(name, options, symbols):
    """Raises OptionError where the cell `name` of CELLS breaks the contract.

    With `symbols`, it is also asked to take integers (T, N) in place of one-hot vectors.
    """

    def demand(kept, message):
        if not kept:
            raise OptionError(f"{name}: {message}")

    def returned(pair, call, what):
        demand(isinstance(pair, tuple) and len(pair) == 2, f"{call} returns {type(pair).__name__}; expected {what}")
        return pair

    kind, rng = CELLS[name], np.random.default_rng(0)
    for method, call in (("forward", "forward(x, state=None)"), ("backward", "backward(dh, dstate=None)")):
        demand(callable(getattr(kind, method, None)), f"has no {method}; expected {call}")
        demand(takes_two(getattr(kind, method)), f"{method}{signature(getattr(kind, method))}; expected {call}")
    demand(callable(getattr(kind, "zero_state", None)), "has no zero_state(N); derive it from cells.cell.Cell")
    with calling(f"{name}(D, H, dtype=numpy.float64, rng=Generator)"):
        cell = kind(D, H, dtype=np.float64, rng=rng, **options)
    arrays(cell, demand)

    with calling(f"{name}: zero_state(N)"):
        zero = leaves(cell.zero_state(N))

    def like_state(state, what):
        found = leaves(state)
        demand(
            [path for path, _ in found] == [path for path, _ in zero],
            f"{what} has {len(found)} parts; expected those of zero_state(N), {len(zero)}",
        )
        for (path, part), (_, expected) in zip(found, zero):
            array(part, expected.shape, f"{what}, {path}", demand)
        return state

    like_state(cell.zero_state(N), "zero_state(N)")
    x, dh = rng.standard_normal((T, N, D)), rng.standard_normal((T, N, width(name, H)))

    def forward(x):
        with calling(f"{name}: forward of x {x.shape}"):
            pair = cell.forward(x, cell.zero_state(N))
        h, state = returned(pair, "forward", "h, state")
        array(h, dh.shape, "the h of forward", demand)
        return h, like_state(state, "the state of forward")

    def backward(dstate, shape):
        with calling(f"{name}: backward of dh {dh.shape}" + (" without dstate" if dstate is None else "")):
            pair = cell.backward(dh.copy(), dstate)
        dx, dfirst = returned(pair, "backward", "dx, dstate")
        if shape is None:
            demand(dx is None, "backward returns a dx for symbols, which have none; expected None")
        else:
            array(dx, shape, "the dx of backward", demand)
        like_state(dfirst, "the dstate of backward")

    with calling(f"{name}: forward of x {x.shape} without a state"):
        cell.forward(x)
    given = x.copy()
    h, _ = forward(x)
    demand((x == given).all(), "forward changes its x; it must leave it as it is")
    # A model moves all parameters into one vector, whose views then stand in the dicts.
    before = h.copy()
    cell.params.update({key: p + rng.standard_normal(p.shape) for key, p in cell.params.items()})
    cell.grads.update({key: np.zeros(g.shape) for key, g in cell.grads.items()})
    demand(not cell.params or (forward(x)[0] != before).any(), "forward does not use the arrays that stand in params")
    backward(None, x.shape)
    accumulates(cell, lambda: (forward(x), backward(forward(x)[1], x.shape)), demand)
    if symbols:
        cure = "; take them too, or give --embed"
        demand(
            "Wx" in cell.params,
            "params has no 'Wx' (D, ...), whose rows one-hot inputs pick; name it so, or give --embed",
        )
        ids = rng.integers(0, D, (T, N))
        try:
            forward(ids)
        except OptionError as error:
            raise OptionError(f"{error}: x was symbols, integers (T, N), in place of one-hot vectors{cure}") from error
        backward(None, None)


def takes_two(method):
    """Whether a method can be called with one argument, and with two."""
    try:
        signature(method).bind(None, None)
        signature(method).bind(None, None, None)
    except TypeError:
        return False
    return True


def arrays(cell, demand):
    """params and grads are there and alike."""
    for what in ("params", "grads"):
        demand(isinstance(getattr(cell, what, None), dict), f"has no {what}; expected a dict of arrays by name")
    names, others = list(cell.params), list(cell.grads)
    demand(set(names) == set(others), f"grads has the keys {others} and params has {names}; expected the same")
    for key, p in cell.params.items():
        array(p, np.shape(p), f"params[{key!r}]", demand)
        array(cell.grads[key], p.shape, f"grads[{key!r}]", demand)


def array(v, shape, what, demand):
    """v is a float64 array of this shape."""
    demand(isinstance(v, np.ndarray), f"{what} is {type(v).__name__}; expected an array")
    demand(v.shape == shape, f"{what} has shape {v.shape}; expected {shape}")
    demand(v.dtype == np.float64, f"{what} is {v.dtype}; expected float64, the dtype of the cell")


def accumulates(cell, step, demand):
    """A step adds to the arrays in grads, whatever stands there."""
    once = {}
    for first in (0.0, 1000.0):
        there = {key: np.full(g.shape, first) for key, g in cell.grads.items()}
        cell.grads.update(there)
        step()
        for key, g in there.items():
            cure = f"backward overwrites grads[{key!r}]; it must add to the array that is there: grads[{key!r}] += ..."
            demand(cell.grads[key] is g, cure)
            once.setdefault(key, g.copy())
            demand(np.allclose(g - first, once[key], rtol=1e-6, atol=1e-6), cure)
