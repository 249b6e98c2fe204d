"""What every recurrent cell has: named parameters, their gradients, a state, and memory that it can use again."""

import math
from collections.abc import Callable
from copy import copy

import numpy as np

from .kernels.inputs import within
from .kernels.memory import empty

# An array (N, H), or a tuple of them in the order of `Cell.states`; for gradients too.
State = np.ndarray | tuple


class Cell:
    """The base of all cells. A cell is its parameters, a `forward` and a `backward`:

        cell.params[name], cell.grads[name]     same keys, same shapes
        h, state = cell.forward(x, state)       x (T, N, D) or integers (T, N) -> h (T, N, H)
        dx, dstate = cell.backward(dh, dstate)  dh (T, N, H); adds into cell.grads

    The state goes in and comes out; the cell keeps none. `backward` differentiates the last
    `forward`, whose intermediate values are in `cell.cache`. h is one of them: do not write into it.
    Its argument dh is the gradient from above, without what later steps add: dh_above in the equations of the cells.
    """

    # The names of the arrays of a state, h first. A state of one array is that array, not a tuple.
    states: tuple[str, ...] = ("h",)
    # Which of `activations` lie between 0 and 1, and which between -1 and 1. All others have no bounds.
    sigmoids: tuple[str, ...] = ()
    tanhs: tuple[str, ...] = ()

    @staticmethod
    def shapes(D: int, H: int) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters by name, in their order. Takes the options that shapes depend on."""
        raise NotImplementedError

    def __init__(self, D: int, H: int, dtype=np.float32, rng: np.random.Generator | None = None, **options):
        """`options` go to `shapes`."""
        self.D, self.H, self.dtype = D, H, np.dtype(dtype)
        self.params = self.initial_params(np.random.default_rng() if rng is None else rng, **options)
        self.grads = {name: np.zeros(p.shape, p.dtype) for name, p in self.params.items()}
        self.cache = None
        self.trajectories = {}
        self.workspace: dict | None = None

    def initial_params(self, rng: np.random.Generator, **options) -> dict[str, np.ndarray]:
        """Uniform: Wx in +-sqrt(3/D), so that x Wx varies as x does (LeCun et al. 1998), other matrices in +-1/sqrt(H).

        Biases, the parameters with one axis, are zero.
        """

        def first(name, shape):
            bound = math.sqrt(3 / self.D if name == "Wx" else 1 / self.H)
            return rng.uniform(-bound, bound, shape) if len(shape) > 1 else np.zeros(shape)

        shapes = self.shapes(self.D, self.H, **options)
        return {name: np.asarray(first(name, shape), self.dtype) for name, shape in shapes.items()}

    def zero_state(self, N: int) -> State:
        """The state that `None` stands for, of N rows."""
        return self.state_of([np.zeros((N, self.H), self.dtype) for _ in self.states])

    def stepper(self, x: np.ndarray, state: State) -> tuple[np.ndarray, Callable[[], None]]:
        """`forward` one step at a time, for weights that do not change: (h (1, N, H), a function).

        Each call of the function reads x, an array (1, N, D) or integers (1, N) that the caller fills
        before (it does not check the integers), and overwrites h.
        """
        own = self.detached()
        h = np.empty((1, x.shape[1], self.H), self.dtype)

        def step():
            nonlocal state
            h[:], state = own.forward(x, state)

        return h, step

    def detached(self) -> "Cell":
        """A copy with the same parameters, whose arrays outlive the next `forward`."""
        own = copy(self)
        own.workspace, own.trajectories = None, {}
        return own

    def activations(self) -> dict[str, np.ndarray]:
        """What the last `forward` computed, by name, (T, N, H) each: the states after each step, and any gates.

        They are the cell's own memory: read them before its next call. Here, those that `trajectory` made.
        """
        return dict(self.trajectories)

    def blocks(self, name: str) -> list[np.ndarray]:
        """The matrix `name` as views, one for each gate."""
        W = self.params[name]
        return np.split(W, range(self.H, W.shape[1], self.H), axis=1)

    # Helpers for `forward` and `backward`.

    def buffer(self, name: str, *shape: int) -> np.ndarray:
        """An uninitialised array of this shape.

        With a `workspace` (a dict), the same name gets the same memory again, so the next call overwrites
        what `forward` and `backward` returned. Without one, every array is new.
        """
        if self.workspace is None:
            return empty(shape, self.dtype)
        memory, view = self.workspace.get(name, (None, None))
        if view is None or view.shape != shape:
            size = math.prod(shape)
            if memory is None or memory.size < size:
                memory = empty((size,), self.dtype)
            view = memory[:size].reshape(shape)
            self.workspace[name] = memory, view
        return view

    def trajectory(self, name: str, first, T: int, N: int) -> tuple[np.ndarray, np.ndarray]:
        """A state over time: (v_prev, v), two views of one (T+1, N, H) array that begins with `first` (None: zeros).

        v_prev[t] is the state before step t and v[t] the state after it.
        """
        v = self.buffer(name, T + 1, N, self.H)
        v[0] = 0 if first is None else fitting(first, (N, self.H), f"the state {name}")
        self.trajectories[name] = v[1:]
        return v[:-1], v[1:]

    def checked(self, x) -> np.ndarray:
        """x as kernels need it: integers (T, N), or contiguous (T, N, D) of this cell's dtype. Else ValueError."""
        x = np.asarray(x)
        if x.dtype.kind in "iu" and x.ndim == 2:
            x = np.ascontiguousarray(x, np.intp)
            within(x, self.D, "x")
            return x
        if x.ndim != 3 or x.shape[2] != self.D:
            raise ValueError(f"x has shape {x.shape}; expected (T, N, {self.D}), or integers (T, N)")
        if not len(x):
            raise ValueError(f"x has shape {x.shape}; expected at least one time step")
        return np.ascontiguousarray(x, self.dtype)

    def gradients(self, h: np.ndarray, dh, dstate: State | None) -> tuple[np.ndarray, list[np.ndarray]]:
        """(dh_above, dstate) as kernels need them; ValueError if the shapes are not those of h (T, N, H) and the state.

        dh_above is dh, contiguous and of this cell's dtype. dstate is a new array (N, H) for each of `states`; None
        means zeros.
        """
        dh_above, shape = np.ascontiguousarray(fitting(dh, h.shape, "dh"), self.dtype), h.shape[1:]
        return dh_above, [
            np.zeros(shape, self.dtype) if dv is None else np.array(fitting(dv, shape, "dstate"), self.dtype)
            for dv in self.parts(dstate)
        ]

    def parts(self, state: State | None) -> tuple:
        """The arrays of a state, one for each of `states`; each is None if the state is."""
        if state is None:
            return (None,) * len(self.states)
        if len(self.states) == 1:
            return (state,)
        if len(state) != len(self.states):
            raise ValueError(f"the state has {len(state)} parts; expected {len(self.states)}: {', '.join(self.states)}")
        return tuple(state)

    def state_of(self, parts: list[np.ndarray]) -> State:
        """The state that these arrays make: the opposite of `parts`."""
        return tuple(parts) if len(parts) > 1 else parts[0]


def fitting(v, shape, name):
    """v, whose shape must be this one (else ValueError): kernels do not check bounds."""
    if np.shape(v) != shape:
        raise ValueError(f"{name} has shape {np.shape(v)}; expected {shape}")
    return v
