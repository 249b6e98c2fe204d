"""Every gradient of a cell or of a whole model after two training steps, element by element.

The judge is the complex step of the naive forward pass in reference.py. A cell that has none there is
judged by differences of its own forward pass: coarser, and no proof that the forward pass is right.
"""

from typing import NamedTuple

import numpy as np

from cells import CELLS, Bidirectional

from ..build import build
from ..cloze import ClozeModel
from ..output import softmax_cross_entropy
from . import reference, reference_model
from .differences import differences

# The largest relative error of a right gradient. Differences lose digits: see differences.py.
TOLERANCE = {"complex step": 1e-9, "differences": 1e-7}


class Check(NamedTuple):
    """What was found. Groups are "parameters", "inputs" (of models: none if symbols are one-hot) and "states"."""

    errors: dict  # {group: {name: relative error}}
    shapes: dict  # {group: {name: shape}}
    forward: float  # relative difference to the loss of the naive forward pass; nan if there is none
    method: str  # a key of TOLERANCE

    @property
    def tolerance(self):
        return TOLERANCE[self.method]

    def worst(self, group):
        """The largest error of a group; None if it is empty. One that is not a number counts as the largest."""
        return max(self.errors[group].values(), key=lambda e: np.inf if np.isnan(e) else e, default=None)

    @property
    def wrong(self):
        """The names of what is not as small as it must be."""
        names = [name for group in self.errors.values() for name, e in group.items() if not e <= self.tolerance]
        return names + ["forward"] * (self.method == "complex step" and not self.forward <= self.tolerance)

    @property
    def passed(self):
        return not self.wrong


def naive_name(name):
    """What reference.run_cell calls this cell, or None."""
    known = name.removeprefix("bi") in reference.STEPS
    return name if known else None


def width(name, H):
    """How many columns the output of a cell has, or that of a model below its softmax."""
    return 2 * H if issubclass(CELLS[name], Bidirectional) else H


def check_cell(name, options=None, T=3, N=4, D=5, H=6, seed=0):
    """A cell of CELLS by itself, reading vectors x (T, N, D); the loss is a random projection of all it returns."""
    options, rng = options or {}, np.random.default_rng(seed)
    cell = CELLS[name](D, H, dtype=np.float64, rng=rng, **options)
    disturb(cell.params.values(), options, H, rng)
    x = rng.standard_normal((2, T, N, D))
    zero = cell.zero_state(N)
    states = {path: rng.standard_normal(part.shape) for path, part in leaves(zero)}
    dh = rng.standard_normal((T, N, width(name, H)))
    dlast = {path: rng.standard_normal(part.shape) for path, part in leaves(zero)}

    # The second of two steps is checked: weights have moved, and what the first one left behind must not matter.
    for k in range(2):
        for g in cell.grads.values():
            g[:] = 0
        cell.forward(x[k], filled(zero, states))
        dx, dinitial = cell.backward(dh, filled(zero, dlast))
        if k == 0:
            for key, p in cell.params.items():
                p -= 0.01 * cell.grads[key]

    def projection(h, last):
        return sum((a * b).sum(axis=(-2, -1)) for a, b in zip([*h, *last], [*dh, *dlast.values()]))

    def naive_loss(v):
        parts = tuple(v["states"].values())
        h, last = reference.run_cell(name, v["parameters"], v["inputs"]["x"], parts, options.get("gates", "sigmoid"))
        return projection(h, last)

    def own_loss(v):
        for key, p in cell.params.items():
            p[:] = v["parameters"][key]
        h, last = cell.forward(v["inputs"]["x"], filled(zero, v["states"]))
        return projection(h, [part for _, part in leaves(last)])

    values = {"parameters": copies(cell.params), "inputs": {"x": x[1]}, "states": states}
    got = {"parameters": copies(cell.grads), "inputs": {"x": dx}, "states": dict(leaves(dinitial))}
    return compare(values, got, own_loss, naive_name(name) and naive_loss)


def check_model(config, T=3, N=4, seed=0):
    """A whole language model; `config` is what `minrnn.build.build` takes, and the loss what training lowers."""
    return check_built(build(config, np.random.default_rng(seed), np.float64), T, N, seed)


def check_built(model, T, N, seed=0):
    """The same for a float64 model that is there; its weights are changed."""
    rng, config = np.random.default_rng([seed, 1]), model.config
    options = config["cell_options"]
    disturb([model.params], options, config["hidden"], rng)
    x, y = rng.integers(0, config["V"], (2, 2, T, N))
    zero = tuple(model.zero_state(N))
    first = next(iter(model.stacks))
    states = {path: rng.standard_normal(part.shape) for path, part in leaves(zero, first)}
    vectors, dv = model.vectors, {}
    if model.embedding:
        backward = model.embedding.backward

        def seen(gradient):
            dv["x"] = gradient.copy()
            backward(gradient)

        model.embedding.backward = seen

    def loss_of(k, states):
        """The model's own loss and its gradient by the logits; each time with the masks of the same numbers."""
        logits, _ = model.forward(x[k], list(filled(zero, states, first)), np.random.default_rng([seed, k]))
        loss, _, dlogits = softmax_cross_entropy(logits, model.targets(x[k], y[k]), T * N)
        return loss, dlogits

    for k in range(2):
        model.grads[:] = 0
        _, dlogits = loss_of(k, states)
        dinitial = model.backward(dlogits)
        if k == 0:
            model.params -= 0.1 * model.grads
    masks = {key: [d.mask for d in stack.dropouts] for key, stack in model.stacks.items()}
    last_mask = model.dropout.mask

    def naive_loss(v):
        cell = config["cell"].removeprefix("bi"), options.get("gates", "sigmoid")
        layers = [tuple(p for _, p in leaves(part)) for part in filled(zero, v["states"], first)]
        rest = last_mask, config["V"], v["inputs"].get("x")
        if isinstance(model, ClozeModel):
            both = masks["forward"], masks["backward"]
            return reference_model.cloze_loss(cell, v["parameters"], x[1], layers, *both, *rest)
        return reference_model.next_symbol_loss(cell, v["parameters"], x[1], y[1], layers, masks["layers"], *rest)

    def own_loss(v):
        for key, p in model.weights().items():
            p[:] = v["parameters"][key]
        if "x" in v["inputs"]:
            model.vectors = lambda symbols: vectors(symbols) + v["inputs"]["x"]
        return loss_of(1, v["states"])[0]

    # An input vector of a model is a row of the embedding plus a nudge, which is zero.
    nudge = {key: np.zeros_like(v) for key, v in dv.items()}
    grads = {prefix + key: g for prefix, part in model.parts.items() for key, g in part.grads.items()}
    values = {"parameters": copies(model.weights()), "inputs": nudge, "states": states}
    got = {"parameters": copies(grads), "inputs": dv, "states": dict(leaves(tuple(dinitial), first))}
    return compare(values, got, own_loss, naive_name(config["cell"]) and naive_loss)


def compare(values, got, own_loss, naive_loss):
    """The Check of the gradients `got` at `values`, both {group: {name: array}}; naive_loss may be None."""
    method, derivative = ("complex step", reference.derivative) if naive_loss else ("differences", differences)
    judge = naive_loss or own_loss
    loss = own_loss(values)
    forward = abs(loss - naive_loss(values)) / max(1, abs(loss)) if naive_loss else np.nan
    errors = {group: {} for group in values}
    for group, arrays in values.items():
        if got[group].keys() != arrays.keys():
            raise ValueError(f"gradients of {list(got[group])}; expected those of {list(arrays)}")
        for name, v in arrays.items():

            def with_other(other, group=group, name=name):
                return judge({**values, group: {**values[group], name: other}})

            errors[group][name] = float(reference.relative_error(got[group][name], derivative(with_other, v)))
    shapes = {group: {name: v.shape for name, v in arrays.items()} for group, arrays in values.items()}
    return Check(errors, shapes, float(forward), method)


def disturb(params, options, H, rng):
    """Leaves no parameter at a special value, and hard gates often closed or open.

    Many units are disturbed less: a net whose state amplifies itself would amplify rounding too.
    """
    noise = (0.8 if options.get("gates") == "hard" else 0.3) * min(1, np.sqrt(6 / H))
    for p in params:
        p += noise * rng.standard_normal(p.shape)


def copies(arrays):
    return {name: v.copy() for name, v in arrays.items()}


def leaves(state, path="state"):
    """The arrays of a state, which is an array or a tuple of states, with their places: [("state.0.1", array), ...]."""
    if not isinstance(state, tuple):
        return [(path, state)]
    return [leaf for k, part in enumerate(state) for leaf in leaves(part, f"{path}.{k}")]


def filled(state, arrays, path="state"):
    """A state built like `state` of the arrays that `leaves` would name so."""
    if not isinstance(state, tuple):
        return arrays[path]
    return tuple(filled(part, arrays, f"{path}.{k}") for k, part in enumerate(state))
