"""Truncated backpropagation through time, and an optimiser: functions that are written whole."""

from collections.abc import Callable

import numpy as np

from .task import Slip, Task, normal
from .tasks_cells import ABOVE, FUTURE, WRONG_WAY, gradients
from .tasks_symbols import log_softmax, symbols
from .tasks_updates import by_solution


def chunk_case(rng, sizes):
    x, y, h0 = symbols(rng, sizes), symbols(rng, sizes), normal(rng, sizes, "N H")
    values = {key: normal(rng, sizes, axes) for key, axes in
              {"Wx": "V H", "Wh": "H H", "b": "H", "Wy": "H V", "by": "V"}.items()}  # fmt: skip

    def run(v):
        h, loss = h0, 0
        for t in range(sizes["T"]):
            h = np.tanh(v["Wx"][..., x[t], :] + h @ v["Wh"] + v["b"][..., None, :])
            logits = h @ v["Wy"] + v["by"][..., None, :]
            loss = loss - (log_softmax(logits) * np.eye(sizes["V"])[y[t]]).sum(axis=(-2, -1)) / x.size
        return loss, h

    loss, last = run(values)
    return (x, y, h0, *values.values()), (loss, *gradients(lambda v: run(v)[0], values), last)


TBPTT = Task(
    "tbptt", "chunk",
    {"loss": "", "dWx": "V H", "dWh": "H H", "db": "H", "dWy": "H V", "dby": "V", "the last state": "N H"},
    chunk_case,
    (
        "Four parts: the states (a loop forwards), the loss with dlogits, da (a loop backwards, from dh_next = 0), "
        "and the gradients from da. Make the loss right first, then dWy and dby, then dWh.",
        "dh_above[t] = dlogits[t] Wy^T,  da[t] = (dh_above[t] + dh_next) (1 - h[t]^2),  dh_next = da[t] Wh^T,  dWh = "
        "sum_t h[t-1]^T da[t]. For dWx, da[t, n] is added to row x[t, n].",
    ),
    (
        Slip("hs = [h0]", "hs = [np.zeros_like(h0)]",
             "The chunk must begin with h0, not with zeros."),
        Slip("h[-1].copy()", "h0.copy()",
             "Return the state after the last step, not the first one."),
        Slip("dlogits = (p - onehot) / (T * N)", "dlogits = p - onehot",
             "The loss is a mean: dlogits has the factor 1 / (T N)."),
        Slip("loss = -np.log((p * onehot).sum(axis=2)).sum() / (T * N)",
             "loss = -np.log((p * onehot).sum(axis=2)).sum()",
             "The loss is the mean over T N predictions, and you return the sum."),
        Slip("(dh_above[t] + dh_next)", "dh_above[t]",
             FUTURE),
        Slip("(dh_above[t] + dh_next)", "dh_next",
             ABOVE),
        Slip("    dlogits = (p - onehot) / (T * N)\n",
             "    dlogits = (p - onehot) / (T * N)\n"
             "    dlogits[:-1] = 0\n",
             "Only the last step sends a gradient. The loss has a term for every step."),
        Slip("dWh = np.einsum(\"tnh,tnk->hk\", h_prev, da)", "dWh = np.einsum(\"tnh,tnk->hk\", h, da)",
             "Wh has multiplied h[t-1], so its gradient needs h[t-1], not h[t]."),
        Slip("h_prev = np.stack(hs[1:]), np.stack(hs[:-1])", "h_prev = np.stack(hs[1:]), np.stack([h0 * 0, *hs[1:-1]])",
             "In dWh, the first step needs h0. Only its gradient is not followed: its value counts."),
        Slip("np.add.at(dWx, x, da)", "dWx[x] = da",
             "A symbol that occurs several times must get the sum of its gradients. dWx[x] = da keeps only the last "
             "one, and so does dWx[x] += da."),
        Slip("da[t] @ Wh.T", "da[t] @ Wh",
             f"Wh must be transposed in dh_next. {WRONG_WAY}"),
        Slip("(1 - h[t] ** 2)", "(1 - np.tanh(h[t]) ** 2)",
             "h is a tanh already. You take the tanh twice."),
        Slip("in reversed(range(T))", "in range(T)",
             "The loop of the backward pass runs forwards. The last step comes first."),
    ),
    recurrent=True,
)  # fmt: skip


def optimiser_steps(kind: Callable, w: np.ndarray, gradients: np.ndarray, *settings: float) -> tuple:
    """The weights after the first step, and after the last one."""
    optimiser, w = kind(w.size, *settings), w.copy()
    first = None
    for g in gradients:
        optimiser.step(w, g)
        first = w.copy() if first is None else first
    return first, w


def fails_on_a_bowl(names: dict) -> str:
    """Two optimisers at once, on a bowl that is 1000 times steeper in one direction than in another."""
    steepness, one, other = np.array([1.0, 30.0, 1000.0]), np.ones(3), -np.ones(3)
    first, second = names["Nesterov"](3), names["Nesterov"](3)
    for _ in range(400):
        first.step(one, steepness * one)
        second.step(other, steepness * other)
    if not np.allclose(one, -other):
        return "two optimisers disturb each other: s and b belong to the object (self.s), not to the class or the file"
    loss = (steepness * one**2).sum() / 2
    return (
        "" if loss < 5 else f"on a bowl the loss is {loss:.3g} after 400 steps; it begins at 516 and must fall below 5"
    )


NESTEROV = Task(
    "nesterov", "Nesterov", {"w after the first step": "", "w after the last step": ""},
    by_solution(lambda: NESTEROV, lambda rng, s: (
        normal(rng, s, "H"), normal(rng, s, "T H"), 0.02 * s["N"], 0.85, 0.7, 1e-3)),
    (
        "`__init__` keeps the four numbers and two arrays of zeros in self. `step` is the four equations, in this "
        "order.",
        "Equation (4) uses the new b of (3). To change w in place: w -= ...",
    ),
    (
        Slip("self.lr * (u + self.mu * self.b)", "self.lr * self.b",
             "That is ordinary momentum: b alone, or u + mu b with the old b. Nesterov looks ahead: u + mu b with "
             "the new b."),
        Slip("self.lr * (u + self.mu * self.b)", "self.lr * u",
             "The momentum b has no effect on w. See (4)."),
        Slip("self.b[:] = self.mu * self.b + u", "self.b[:] = self.mu * self.b + (1 - self.mu) * u",
             "In (3), u has no factor 1 - mu. That would be a mean."),
        Slip("self.b[:] = self.mu * self.b + u", "self.b[:] = self.mu * self.b + g",
             "In (3), b sums u, not g."),
        Slip("self.s, self.b = np.zeros(size), np.zeros(size)", "self.s = self.b = np.zeros(size)",
             "s and b are the same array: `self.s = self.b = ...` gives two names to one. Make two arrays of zeros."),
        Slip("(np.sqrt(self.s) + self.eps)", "np.sqrt(self.s + self.eps)",
             "eps stands beside the root, not inside."),
        Slip("(np.sqrt(self.s) + self.eps)", "(self.s + self.eps)",
             "The root is missing: sqrt(s)."),
        Slip("(1 - self.rho) * g**2", "(1 - self.rho) * g",
             "s is a mean of g^2."),
        Slip("(1 - self.rho) * g**2", "g**2",
             "The factor 1 - rho is missing in (1)."),
        Slip("w -= self.lr", "w += self.lr",
             "A step goes against the gradient: minus."),
        Slip("w -= self.lr * (u", "w = w - self.lr * (u",
             "w is not changed. `w = w - ...` makes a new array that nobody sees; `w -= ...` changes the array "
             "itself."),
    ),
    call=optimiser_steps,
    extra=fails_on_a_bowl,
)  # fmt: skip
