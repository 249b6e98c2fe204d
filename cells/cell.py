"""What every recurrent cell has: named parameters, their gradients, and arrays it can reuse."""

import math
from copy import copy

import numpy as np

from .kernels.inputs import within
from .kernels.memory import empty
from .kernels.panels import multiply, pack, panels_shape


class Cell:
    """The base of all cells. A cell is its parameters, a `forward` and a `backward`.

        cell.params[name], cell.grads[name]     same keys, same shapes
        h, state = cell.forward(x, state)       x (T, N, D) or integers (T, N) -> h (T, N, H)
        dx, dstate = cell.backward(dh, dstate)  dh (T, N, H); adds into cell.grads

    The state goes in and comes out; the cell keeps none. `backward` differentiates the last
    `forward`, whose intermediate values stand in `cell.cache`. h is one of them: leave it unchanged.
    """

    # The names of the arrays that a state is made of, h first; more than one of them make a tuple in this order.
    states: tuple[str, ...] = ("h",)
    # Which of `activations` lie between 0 and 1, and which between -1 and 1. All others have no bounds.
    sigmoids: tuple[str, ...] = ()
    tanhs: tuple[str, ...] = ()

    @staticmethod
    def shapes(D: int, H: int) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters by name, in their order; takes those options that shapes depend on."""
        raise NotImplementedError

    def __init__(self, D, H, dtype=np.float32, rng=None, **options):
        """Weights uniform in +-1/sqrt(H), biases (the parameters with one axis) zero; `options` go to `shapes`."""
        self.D, self.H, self.dtype = D, H, np.dtype(dtype)
        rng = np.random.default_rng() if rng is None else rng
        bound = 1 / np.sqrt(H)
        self.params = {
            name: (rng.uniform(-bound, bound, shape) if len(shape) > 1 else np.zeros(shape)).astype(dtype)
            for name, shape in self.shapes(D, H, **options).items()
        }
        self.grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        self.cache = None
        self.trajectories = {}
        self.workspace = None

    def buffer(self, name, *shape):
        """An uninitialised array of this shape.

        With a `workspace` (a dict) the memory of the same name is used again, so what `forward`
        and `backward` return is overwritten by the next call; without one every array is new.
        """
        if self.workspace is None:
            return empty(shape, self.dtype)
        size = math.prod(shape)
        memory = self.workspace.get(name)
        if memory is None or memory.size < size:
            memory = self.workspace[name] = empty((size,), self.dtype)
        return memory[:size].reshape(shape)

    def checked(self, x):
        """x as the kernels want it: integers (T, N), or this cell's dtype (T, N, D) without gaps."""
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

    def gradient_of(self, h, dh):
        """dh as the kernels want it: the shape of h, this cell's dtype, without gaps."""
        return np.ascontiguousarray(fitting(dh, h.shape, "dh"), self.dtype)

    def blocks(self, name):
        """The matrix `name` as views, one a gate."""
        W = self.params[name]
        return np.split(W, range(self.H, W.shape[1], self.H), axis=1)

    def trajectory(self, name, first, T, N):
        """A state over time: (v_prev, v), two views of one (T+1, N, H) array that begins with `first`.

        v_prev[t] is the state before step t and v[t] the state after it; `first` None means zeros.
        `trajectories[name]` is v too, for whoever asks for `activations`.
        """
        v = self.buffer(name, T + 1, N, self.H)
        v[0] = 0 if first is None else fitting(first, (N, self.H), f"the state {name}")
        self.trajectories[name] = v[1:]
        return v[:-1], v[1:]

    def activations(self):
        """What the last `forward` went through, by name, arrays (T, N, H): the state after each step, and any gates.

        They are the cell's own memory, to be read before its next call. A cell with gates adds them.
        """
        return dict(self.trajectories)

    def stepper(self, x, state):
        """`forward` one step at a time, while the weights stay as they are: (h (1, N, H), a function).

        Each call of the function reads x, an array (1, N, D) or integers (1, N) to be filled before
        (their bounds are not checked), and overwrites h.

        A cell that has them is run by its `work(T, N)`, arrays of which the first is to receive x Wx (of
        vectors), and `steps(x, work, before, after)`, which takes the parts of the state, (T, N, H) each,
        to those after each step. Nothing is then copied or packed twice. Any other cell is run by its
        `forward`.
        """
        own = copy(self)
        own.workspace = None  # What is made here must outlive the next `forward`.
        if not hasattr(self, "steps"):
            return own.stepper_by_forward(x, state)
        work = projected, *_ = own.work(1, x.shape[1])
        panels = own.panels("Wx", self.params["Wx"]) if x.ndim == 3 else None
        v = [part[np.newaxis].copy() for part in (state if isinstance(state, tuple) else [state])]

        def step():
            if x.ndim == 3:
                multiply(x[0], panels, projected[0])
            own.steps(x, work, v, v)

        return v[0], step

    def stepper_by_forward(self, x, state):
        """The same for a cell that has a `forward` and no more."""
        h = np.empty((1, x.shape[1], self.H), self.dtype)

        def step():
            nonlocal state
            h[:], state = self.forward(x, state)

        return h, step

    def future(self, dv, N):
        """The gradient dv (N, H) of a final state, as an array to go on from; None means zeros."""
        out = np.zeros((N, self.H), self.dtype)
        if dv is not None:
            out[:] = fitting(dv, (N, self.H), "dstate")
        return out

    def panels(self, name, W):
        """W (K, J) in the order in which `multiply` reads it."""
        panels = self.buffer(name, *panels_shape(W))
        pack(W, panels)
        return panels

    def zero_state(self, N):
        """The state that `None` stands for: one (N, H) array, or a tuple of them, one for each of `states`."""
        parts = tuple(np.zeros((N, self.H), self.dtype) for _ in self.states)
        return parts if len(parts) > 1 else parts[0]


def fitting(v, shape, name):
    """v, which must have this shape: the kernels look at no bounds."""
    if np.shape(v) != shape:
        raise ValueError(f"{name} has shape {np.shape(v)}; expected {shape}")
    return v
