"""Recurrent cells: the reference is the complex step of the naive forward pass in gradcheck."""

from collections.abc import Callable

import numpy as np

from ..gradcheck.reference import derivative, run_cell
from .task import Slip, Task, namespace, normal


def cell_case(name: str, source: str, states: str, params: dict[str, str]) -> Callable:
    """The `case` of a cell of gradcheck/reference.py with these states ("h c") and parameters ({name: axes})."""

    def case(rng: np.random.Generator, sizes: dict[str, int]) -> tuple[tuple, tuple]:
        first = {f"{key}0": normal(rng, sizes, "N H") for key in states.split()}
        weights = {key: 0.7 * normal(rng, sizes, axes) for key, axes in params.items()}
        values = {"x": normal(rng, sizes, "T N D"), **first, **weights}
        dh_above, dlast = normal(rng, sizes, "T N H"), [normal(rng, sizes, "N H") for _ in first]

        def loss(v: dict) -> np.ndarray:
            hs, last = run_cell(name, v, v["x"], tuple(v[key] for key in first))
            return sum((a * b).sum(axis=(-2, -1)) for a, b in zip([*hs, *last], [*dh_above, *dlast]))

        _, kept = namespace(source)["forward"](**values)
        arguments = dh_above, *dlast, kept, values["Wx"], values["Wh"]
        return arguments, gradients(loss, values)

    return case


def gradients(loss: Callable, values: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """The gradient of loss({name: array}) by each array, by the complex step."""
    return tuple(derivative(lambda other, key=key: loss({**values, key: other}), v) for key, v in values.items())


FUTURE = "Step t+1 has read h[t], so a gradient comes back from it: dh_next. You use only what comes from above."
ABOVE = "dh_above[t] is missing: the gradient that comes from above at this step."
STATE = "Add them: dh = dh_above[t] + dh_next is the whole gradient of h[t]."
WRONG_WAY = "a @ W sends back da @ W.T. The shapes do not tell, because Wh (or its block) is square."

RNN = Task(
    "rnn", "backward", {"dx": "T N D", "dh0": "N H", "dWx": "D H", "dWh": "H H", "db": "H"},
    cell_case("rnn", "rnn", "h", {"Wx": "D H", "Wh": "H H", "b": "H"}),
    (
        "dh_above[t] + dh_next is the whole gradient of h[t]. The slope of tanh is known from h itself.",
        "The slope of tanh(a) is 1 - h^2. A product y = h Wh sends back dy Wh^T.",
    ),
    (
        Slip("(dh_above[t] + dh_next)", "dh_above[t]",
             f"{FUTURE} {STATE}"),
        Slip("(dh_above[t] + dh_next)", "dh_next",
             f"{ABOVE} {STATE}"),
        Slip("(1 - h**2)", "(1 - np.tanh(h) ** 2)",
             "h is a tanh already. You take the tanh twice: the slope is 1 - h^2.", "The tanh of a tanh"),
        Slip(" * (1 - h**2)", "",
             "The slope of tanh is missing. dh is the gradient of h[t], da the gradient of a[t]."),
        Slip("(1 - h**2)", "h * (1 - h)",
             "h (1 - h) is the slope of a sigmoid. h is a tanh here."),
        Slip("(1 - h**2)", "(1 - h)",
             "The slope of tanh has the square of h in it."),
        Slip("(1 - h**2)", "(h**2 - 1)",
             "The sign of the slope is turned: tanh never falls."),
        Slip("da @ Wh.T", "da @ Wh",
             f"Wh must be transposed in dh_next. {WRONG_WAY}", "W where its transpose belongs"),
        Slip("dh_next = da @ Wh.T", "dh_next = dh_next + da @ Wh.T",
             "dh_next is replaced at each step, not added up: h[t-1] gets only what step t sends."),
        Slip("dh_next = da @ Wh.T", "dh_next = (dh_above[t] + dh_next) @ Wh.T",
             "dh_next needs da, not dh: the way from h[t] back to h[t-1] goes through the tanh first."),
        Slip("h_prev.T @ da", "h.T @ da",
             "Wh has multiplied h[t-1]. Its gradient needs h[t-1], not h[t].", "One step off"),
        Slip("dx.insert(0, da @ Wx.T)", "dx.insert(0, (dh_above[t] * (1 - h**2)) @ Wx.T)",
             "dx needs the whole da. What comes from step t+1 is missing in it.", "dx without the future"),
    ),
    recurrent=True,
)  # fmt: skip

LSTM = Task(
    "lstm", "backward",
    {"dx": "T N D", "dh0": "N H", "dc0": "N H", "dWx": "D 4H", "dWh": "H 4H", "db": "4H"},
    cell_case("lstm", "lstm", "h c", {"Wx": "D 4H", "Wh": "H 4H", "b": "4H"}),
    (
        "Look for every place where c[t] is used. Each use sends back a gradient, and dc is their sum. c[t-1] is "
        "used in (3) only.",
        "From (4) comes dh o (1 - tanh_c^2). In (3), f multiplies c[t-1]: so c[t-1] belongs to df, and f to dc_next. "
        "The slope of a sigmoid f is f (1 - f).",
    ),
    (
        Slip("dh = dh_above[t] + dh_next", "dh = dh_above[t]",
             f"{FUTURE} {STATE}", "dh_next is forgotten"),
        Slip("dc = dc_next + dh", "dc = dh",
             "c[t] is used in step t+1 too. Add what comes back from there: dc_next.",
             "The cell state forgets its future"),
        Slip("dc = dc_next + dh * o * (1 - tanh_c**2)", "dc = dc_next",
             "c[t] is used in (4) too: h[t] = o tanh(c[t]). Add what comes back from dh."),
        Slip("dh * o * (1 - tanh_c**2)", "dh * (1 - tanh_c**2)",
             "In (4), o multiplies tanh(c[t]). dc needs this factor."),
        Slip("dh * o * (1 - tanh_c**2)", "dh * o",
             "In dc, the slope of tanh(c[t]) is missing."),
        Slip("dh * o * (1 - tanh_c**2)", "dh * o * (1 - np.tanh(tanh_c) ** 2)",
             "tanh_c is tanh(c[t]) already. You take the tanh twice."),
        Slip("dh * o * (1 - tanh_c**2)", "dh_above[t] * o * (1 - tanh_c**2)",
             "In dc, use the whole gradient dh. dh_above[t] is only the part from above."),
        Slip("dc_next = dc * f", "dc_next = dc",
             "c[t] = f c[t-1] + i g: the way back to c[t-1] goes through f.", "Past the forget gate"),
        Slip("dc_next = dc * f", "dc_next = dc_next * f",
             "c[t-1] gets the whole dc of this step through f, not only what came from step t+1."),
        Slip("dc_next = dc * f", "dc_next = dc * i",
             "In (3), c[t-1] is multiplied by f, not by i."),
        Slip("dc_next = dc * f", "dc_next = dc * c_prev",
             "In (3), f multiplies c[t-1]: the gradient of c[t-1] has the factor f, and that of f has the factor "
             "c[t-1]."),
        Slip("f * (1 - f)", "sigmoid(f) * (1 - sigmoid(f))",
             "f is a sigmoid already. You take the sigmoid twice: the slope is f (1 - f).",
             "The sigmoid of a sigmoid"),
        Slip("dc * c_prev * f * (1 - f)", "dc * c_prev",
             "This is the gradient of f. For a_f, multiply by the slope of the sigmoid."),
        Slip("c_prev * f * (1 - f)", "c_prev * (1 - f**2)",
             "f is a sigmoid. 1 - f^2 is the slope of a tanh."),
        Slip("c_prev * f * (1 - f)", "g * f * (1 - f)",
             "In (3), f multiplies c[t-1], not g."),
        Slip("c_prev * f * (1 - f)", "f * (1 - f)",
             "In (3), f multiplies c[t-1]. df needs this factor."),
        Slip("da_f = dc * c_prev", "da_f = dc_next * c_prev",
             "da_f needs dc, the whole gradient of c[t], not only what comes from step t+1."),
        Slip("dh_next, dc_next, dWx, dWh, db", "np.zeros(dh_next.shape), np.zeros(dc_next.shape), dWx, dWh, db",
             "The gradients of the initial state are not zero. Return what the loop has left.",
             "The state is cut off"),
    ),
    gates="i f g o",
    recurrent=True,
)  # fmt: skip
