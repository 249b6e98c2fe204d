"""Every gradient of a whole language model."""

import numpy as np

from ..gradcheck import reference_model
from ..nn.build import build
from ..nn.cloze_model import ClozeModel
from .check import compare, copies, disturb, naive_name
from .states import filled, leaves


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

    def loss_of(k, states, loss):
        """What `loss`, a method of the model, returns; each time with the same dropout masks."""
        state, rng = list(filled(zero, states, first)), np.random.default_rng([seed, k])
        return loss(x[k], y[k], state, rng, T * N)[0]

    dinitial, back = None, model.backward

    def kept(dlogits):
        nonlocal dinitial
        dinitial = back(dlogits)

    model.backward = kept
    for k in range(2):
        model.grads[:] = 0
        loss_of(k, states, model.loss_and_gradient)
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
        return loss_of(1, v["states"], model.loss)

    # An input vector of a model is a row of the embedding plus a nudge, which is zero.
    nudge = {key: np.zeros_like(v) for key, v in dv.items()}
    grads = {prefix + key: g for prefix, part in model.parts.items() for key, g in part.grads.items()}
    values = {"parameters": copies(model.weights()), "inputs": nudge, "states": states}
    got = {"parameters": copies(grads), "inputs": dv, "states": dict(leaves(tuple(dinitial), first))}
    return compare(values, got, own_loss, naive_name(config["cell"]) and naive_loss)
