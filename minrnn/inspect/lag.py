"""How far back a model's gradient reaches: its norm against the lag, from real backward passes.

For a place in the text, L is the loss in nats of predicting the symbol there, and of no other symbol.
The model reads up to that place; s[k] is the state of a layer k steps before the last of these. What
is computed is the norm of dL/ds[k], for k = 1, 2, ... K, where s[k] counts as what its step hands to
the next one: through the layer's own recurrence, and from the next step on also through the layers
above. The state of an LSTM has two parts, h and c, with a gradient each.

    dh          the gradient of L by what the top layer put out last: the output layer's backward pass
    dL/ds[1]    from dh, by the layers' backward pass over the last step alone
    dL/ds[k+1]  from dL/ds[k], by their backward pass over the step before, where dh is zero

All of it is the code that trains, in float64: float32 would lose what is below 1e-38. Of a
bidirectional model, both stacks are followed, the one from the left and the one from the right.
"""

import numpy as np

from data import TextError

from ..checkpoint.pretrained import load_weights
from ..nn.build import build
from ..nn.output import softmax_cross_entropy

PLACES = 128


def gradient_by_lag(model, symbols, lags, places=PLACES):
    """{"layers.0.h": norms (lags, M), ...}: for each part of each layer's state, row k - 1 for lag k.

    `symbols` (n,) is a text, of which M = `places` targets, or as many as there are, are taken at even
    distances. Before each the model has read 2 `lags` symbols from an empty state, so that even the
    longest lag ends in a state that has something in it. Raises TextError where the text is too short.
    """
    before = 2 * lags
    after = before if model.directions == 2 else 0
    targets = np.arange(before, len(symbols) - after)
    if not len(targets):
        raise TextError(
            f"the text has {len(symbols)} symbols, and --lags {lags} needs {before + after + 1}; "
            "give a longer text or fewer --lags"
        )
    targets = targets[np.linspace(0, len(targets) - 1, min(places, len(targets))).astype(int)]
    steps = np.arange(before, 0, -1)[:, np.newaxis]
    contexts = [symbols[targets - steps], *([symbols[targets + steps]] if after else [])]
    return follow(in_float64(model), [x.astype(np.intp) for x in contexts], symbols[targets].astype(np.intp), lags)


def in_float64(model):
    """The same model with weights of twice the length, and no memory that is used again."""
    double = build(model.config, dtype=np.float64)
    load_weights(double, model.weights())
    return double


def follow(model, contexts, targets, lags):
    """The norms, for contexts (T, M), one a stack in reading order, and targets (M,)."""
    runs = []
    for stack, x in zip(model.stacks.values(), contexts):
        v, state = model.vectors(x), None
        states = []
        for t in range(len(x)):
            states.append(state)
            h, state = stack.forward(v[t : t + 1], state)
        runs.append((stack, v, states, h))
    logits = model.output.forward(np.concatenate([h for *_, h in runs], axis=2))
    _, _, dlogits = softmax_cross_entropy(logits, targets[np.newaxis], 1)
    dh = np.split(model.output.backward(dlogits), len(runs), axis=2)
    norms = {}
    for (name, (stack, v, states, _)), dh_last in zip(zip(model.stacks, runs), dh):
        for part, values in follow_stack(stack, v, states, dh_last, lags).items():
            norms[f"{name}.{part}"] = values
    return norms


def follow_stack(stack, v, states, dh, lags):
    """Backwards through one stack, step by step: {"0.h": norms (lags, M), ...}.

    v (T, M) or (T, M, D) is what it read, states[t] its state before step t, dh (1, M, H) what arrives last.
    """
    dstate, found = None, {}
    for t in range(len(v) - 1, len(v) - 1 - lags, -1):
        stack.forward(v[t : t + 1], states[t])
        _, dstate = stack.backward(dh, dstate)
        dh = np.zeros_like(dh)
        for k, part in enumerate(dstate):
            for letter, dv in zip("hc", part if isinstance(part, tuple) else [part]):
                found.setdefault(f"{k}.{letter}", []).append(np.linalg.norm(dv, axis=1))
    return {name: np.array(rows) for name, rows in found.items()}


def total(norms):
    """The norm of the whole state's gradient (lags, M), over all layers and parts."""
    return np.sqrt(sum(v**2 for v in norms.values()))


def reach(norms, share=0.01):
    """The first lag at which the mean norm (lags, M) is below this share of that at lag 1; None if none is."""
    mean = norms.mean(axis=1)
    below = np.flatnonzero(mean < share * mean[0])
    return int(below[0]) + 1 if len(below) else None
