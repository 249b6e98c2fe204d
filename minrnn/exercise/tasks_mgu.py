"""A cell of one's own: gradients by the complex step, then gradcheck's contract and check."""

import sys
from collections.abc import Callable
from types import ModuleType

import numpy as np

from ..gradcheck.reference import sigmoid
from ..system.errors import OptionError
from .task import Slip, Task, normal
from .tasks_cells import ABOVE, FUTURE, WRONG_WAY, gradients


def mgu_case(rng, sizes):
    shapes = {"x": "T N D", "h0": "N H", "Wx": "D 2H", "Wh": "H 2H", "b": "2H"}
    values = {key: normal(rng, sizes, axes) for key, axes in shapes.items()}
    dh_above, dlast = normal(rng, sizes, "T N H"), normal(rng, sizes, "N H")

    def run(v):
        (Wx_f, Wx_n), (Wh_f, Wh_n), (b_f, b_n) = (np.split(v[key], 2, axis=-1) for key in ("Wx", "Wh", "b"))
        h, hs = v["h0"], []
        for t in range(sizes["T"]):
            x = v["x"][..., t, :, :]
            f = sigmoid(x @ Wx_f + h @ Wh_f + b_f[..., None, :])
            h = (1 - f) * h + f * np.tanh(x @ Wx_n + (f * h) @ Wh_n + b_n[..., None, :])
            hs.append(h)
        return hs

    def loss(v):
        hs = run(v)
        return sum((a * b).sum(axis=(-2, -1)) for a, b in zip([*hs, hs[-1]], [*dh_above, dlast]))

    hs = run(values)
    return (dh_above, dlast, *values.values()), (np.stack(hs), hs[-1], *gradients(loss, values))


def run_cell_class(kind: Callable, dh_above, dlast, x, h0, Wx, Wh, b) -> tuple:
    """Forward and backward of a new cell with these parameters: h, the last state, and all gradients."""
    cell = kind(x.shape[2], h0.shape[1])
    for key, p in {"Wx": Wx, "Wh": Wh, "b": b}.items():
        cell.params[key][:] = p
    h, last = cell.forward(x, h0)
    try:
        dx, dh0 = cell.backward(dh_above, dlast)
    except NotImplementedError:  # Then forward alone is judged.
        dx, dh0 = np.zeros(x.shape), np.zeros(h0.shape)
    return h, last, dx, dh0, *(cell.grads[key] for key in ("Wx", "Wh", "b"))


def broken_promise(names: dict) -> str:
    """What gradcheck says against the class: its contract, and its gradients in further sizes."""
    from cells import CELLS

    from ..gradcheck.check_cell import check_cell
    from ..own_cell.contract import check_contract

    CELLS["MGU"] = kind = names["MGU"]
    # gradcheck looks into the module of a class; one of a student's file is not among those that were imported.
    module = ModuleType(kind.__module__)
    vars(module).update({"__file__": kind.__module__, **names})
    known = sys.modules.setdefault(kind.__module__, module)
    try:
        check_contract("MGU", {}, symbols=False)
        wrong = check_cell("MGU").wrong
    except OptionError as error:
        return str(error)
    finally:
        del CELLS["MGU"]
        if known is module:
            del sys.modules[kind.__module__]
    return f"python -m minrnn.gradcheck finds: {', '.join(wrong)} wrong in the second step" if wrong else ""


MGU = Task(
    "mgu", "MGU",
    {"h": "T N H", "state": "N H", "dx": "T N D", "dstate": "N H", "grads['Wx']": "D 2H", "grads['Wh']": "H 2H",
     "grads['b']": "2H"},
    mgu_case,
    (
        "First make h right. Then write one line for each equation, in reverse order: dn and df from (3), then da_n, "
        "dm, and a second part of df from (2), then da_f from (1).",
        "df has two parts: dh (n - h_prev) from (3), and dm h_prev from (2). dh_next has three: dh (1 - f), dm f, "
        "and da_f Wh_f^T.",
    ),
    (
        Slip("h_prev = (1 - f) * h_prev + f * n", "h_prev = f * h_prev + (1 - f) * n",
             "In (3), f multiplies n, and 1 - f multiplies h[t-1]. You have it the other way round."),
        Slip("n = np.tanh(x_t @ Wx_n + m @", "n = np.tanh(x_t @ Wx_n + h_prev @",
             "In (2), Wh_n multiplies m = f h[t-1]."),
        Slip("dh = dh_above[t] + dh_next", "dh = dh_above[t]",
             FUTURE),
        Slip("dh = dh_above[t] + dh_next", "dh = dh_next",
             ABOVE),
        Slip("            df = df + dm * h_prev\n",
             "",
             "f is also used in m = f h[t-1]. That part of df is missing."),
        Slip("df = df + dm * h_prev", "df = dm * h_prev",
             "f is used in (3) too. Add the two parts of df."),
        Slip("df = dh * (n - h_prev)", "df = dh * n",
             "In (3), f also stands in 1 - f: df has the part -dh h[t-1]."),
        Slip("df = dh * (n - h_prev)", "df = dh * (h_prev - n)",
             "The sign of df from (3) is turned: f multiplies +n."),
        Slip("dh_next = dh * (1 - f) + ", "dh_next = ",
             "h[t-1] is used directly in (3). That part of dh_next is missing."),
        Slip(" + dm * f", "",
             "h[t-1] is used in m = f h[t-1]. That part of dh_next is missing."),
        Slip(" + da_f @ Wh_f.T", "",
             "h[t-1] is used in f (1). That part of dh_next is missing."),
        Slip("dm = da_n @ Wh_n.T", "dm = da_n @ Wh_n",
             f"Wh_n must be transposed. {WRONG_WAY}"),
        Slip("da_f @ Wh_f.T", "da_f @ Wh_f",
             f"Wh_f must be transposed. {WRONG_WAY}"),
        Slip("da_f = df * f * (1 - f)", "da_f = df * sigmoid(f) * (1 - sigmoid(f))",
             "f is a sigmoid already. You take the sigmoid twice."),
        Slip("m.T @ da_n", "h_prev.T @ da_n",
             "Wh_n has multiplied m, so its gradient is m^T da_n."),
        Slip('self.grads["Wx"] += x.T', 'self.grads["Wx"] = x.T',
             "grads['Wx'] must be added to, with +=. Yours keeps only the step that comes last."),
        Slip('self.grads["Wh"] += np', 'self.grads["Wh"] = np',
             "grads['Wh'] must be added to, with +=. Yours keeps only the step that comes last."),
        Slip('self.grads["b"] += da', 'self.grads["b"] = da',
             "grads['b'] must be added to, with +=. Yours keeps only the step that comes last."),
        Slip("reversed(range(len(dh_above)))", "range(len(dh_above))",
             "The loop of backward runs forwards. The last step comes first."),
    ),
    call=run_cell_class,
    gates="f n",
    recurrent=True,
    extra=broken_promise,
)  # fmt: skip
