"""Every gradient of a whole language model."""

import numpy as np

from ..gradcheck import reference_model
from ..nn.build import build
from ..nn.cloze_model import ClozeModel
from ..nn.output import softmax_cross_entropy
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
