"""Every gradient of a whole language model."""

import numpy as np

from ..nn.build import build
from ..nn.cloze_model import ClozeModel
from ..nn.language_model import LanguageModel
from ..own_cell.states import filled, leaves
from . import reference_model
from .analytic import reference_of
from .check import Check, compare, copies, disturb
from .reference_model import Masks


def check_model(config: dict, T: int = 3, N: int = 4, seed: int = 0) -> Check:
    """A whole language model, described by what `minrnn.nn.build.build` takes; the loss is the one of training."""
    return check_built(build(config, np.random.default_rng(seed), np.float64), T, N, seed)


def check_built(model: LanguageModel, T: int, N: int, seed: int = 0) -> Check:
    """The same for a float64 model that exists already; its weights are changed."""
    rng, config = np.random.default_rng([seed, 1]), model.config
    options = config["cell_options"]
    disturb([model.params], options, config["hidden"], rng)
    x, y = rng.integers(0, config["V"], (2, 2, T, N))
    zero = tuple(model.zero_state(N))
    first = next(iter(model.stacks))
    states = {path: rng.standard_normal(part.shape) for path, part in leaves(zero, first)}
    vectors, calls = model.vectors, {}

    def watch(part, name):
        """Has `calls` keep what the last call of this method was given, and what it returned."""
        original = getattr(part, name)

        def backward(gradient, *more):
            given = gradient.copy()
            calls[part] = given, original(gradient, *more)
            return calls[part][1]

        setattr(part, name, backward)

    watch(model, "contexts_backward")
    if model.embedding:
        watch(model.embedding, "backward")

    def run(method, k, states):
        """The loss by this method of the model, and the penalties, each time with the same masks."""
        loss = method(x[k], y[k], list(filled(zero, states, first)), np.random.default_rng([seed, k]), T * N)[0]
        return loss + model.penalty.value(T * N)

    # The second of two steps is checked: the weights have moved, and what the first one left must not matter.
    for k in range(2):
        model.params -= 0.1 * k * model.grads
        model.grads[:] = 0
        loss = run(model.loss_and_gradient, k, states)
    grads = {prefix + key: g.copy() for prefix, part in model.parts.items() for key, g in part.grads.items()}
    dinitial = dict(leaves(tuple(calls[model][1]), first))
    dvectors = {"x": calls[model.embedding][0]} if model.embedding else {}
    masks = Masks(
        model.embedding and model.embedding.mask,
        {key: [d.mask for d in stack.dropouts] for key, stack in model.stacks.items()},
        {key: [d.mask for d in stack.weight_drops] for key, stack in model.stacks.items()},
        model.dropout.mask,
    )

    def naive_loss(v):
        layers = [tuple(p for _, p in leaves(part)) for part in filled(zero, v["states"], first)]
        given = config, v["parameters"], x[1], y[1], layers, masks, v["inputs"].get("x")
        if isinstance(model, ClozeModel):
            return reference_model.cloze_loss(*given)
        return reference_model.next_symbol_loss(*given, run=source.run)

    def own_loss(v):
        for key, p in model.weights().items():
            p[:] = v["parameters"][key]
        if "x" in v["inputs"]:
            model.vectors = lambda symbols, rng: vectors(symbols, rng) + v["inputs"]["x"]
        return run(model.loss, 1, v["states"])

    # An input vector of a model is a row of the embedding plus an offset, which is zero.
    offset = {key: np.zeros_like(v) for key, v in dvectors.items()}
    values = {"parameters": copies(model.weights()), "inputs": offset, "states": states}
    got = {"parameters": grads, "inputs": dvectors, "states": dinitial}
    source = reference_of(config["cell"], options)
    check = compare(values, got, loss, naive_loss if source.run else own_loss, source.method)
    return check._replace(symbols=x[1])
