"""How far back a model's gradient reaches: its norm against the lag, from real backward passes.

L is the loss in nats of predicting one symbol of the text and no other. The model reads up to the symbol
before it, and s[k] is the state of a layer k steps before the end of that. We compute the norm of dL/ds[k]
for k = 1, 2, ... K, where s[k] acts on L only as the input state of the next step: through the layer's own
recurrence, and from there also through the layers above. A state may have several parts, as h and c of
an LSTM, with a gradient each.

    dh          gradient of L by the last output of the top layer: the output layer's backward pass
    dL/ds[1]    from dh, by the layers' backward pass over the last step alone
    dL/ds[k+1]  from dL/ds[k], by their backward pass over the step before, where dh is zero

This is the code that trains, in float64: float32 would lose what is below 1e-38. Of a bidirectional
model, both stacks are followed, the one from the left and the one from the right.
"""

import numpy as np

from data import TextError

from ..checkpoint.pretrained import load_weights
from ..nn.build import build
from ..nn.language_model import LanguageModel
from ..nn.output import softmax_cross_entropy
from ..nn.stack import Stack

TARGETS = 128
SHOWN = (1, 10, 30, 100, 300, 1000)  # lags in the summary

Norms = dict[str, np.ndarray]


def gradient_by_lag(model: LanguageModel, symbols: np.ndarray, lags: int, max_targets: int = TARGETS) -> Norms:
    """{"layers.0.h": norms (lags, M), ...}: for each part of each layer's state, row k - 1 for lag k.

    At most `max_targets` symbols at even distances of the text `symbols` (n,) are the M targets. Before each target the
    model reads 2 `lags` symbols from a zero state, so that even the state at the longest lag has read something.
    Raises TextError where the text is too short.
    """
    before = 2 * lags
    after = before if model.directions == 2 else 0
    targets = np.arange(before, len(symbols) - after)
    if not len(targets):
        raise TextError(
            f"the text has {len(symbols)} symbols, and --lags {lags} needs {before + after + 1}; "
            "give a longer text or fewer --lags"
        )
    targets = targets[np.linspace(0, len(targets) - 1, min(max_targets, len(targets))).astype(int)]
    steps = np.arange(before, 0, -1)[:, np.newaxis]
    contexts = [symbols[targets - steps], *([symbols[targets + steps]] if after else [])]
    double = build(model.config, dtype=np.float64)
    load_weights(double, model.weights())
    return follow(double, [x.astype(np.intp) for x in contexts], symbols[targets].astype(np.intp), lags)


def follow(model: LanguageModel, contexts: list[np.ndarray], targets: np.ndarray, lags: int) -> Norms:
    """The norms, for contexts (T, M), one for each stack in its reading order, and targets (M,)."""
    runs, last = [], []
    for stack, x in zip(model.stacks.values(), contexts):
        v, state, states = model.vectors(x), None, []
        for t in range(len(x)):
            states.append(state)
            h, state = stack.forward(v[t : t + 1], state)
        runs.append((stack, v, states))
        last.append(h)
    logits = model.output.forward(model.read(np.concatenate(last, axis=2)))
    _, _, dlogits = softmax_cross_entropy(logits, targets[np.newaxis], 1)
    dlast = np.split(model.read_backward(model.output.backward(dlogits)), len(runs), axis=2)
    found = {name: follow_stack(*run, dh, lags) for name, run, dh in zip(model.stacks, runs, dlast)}
    return {f"{name}.{part}": v for name, norms in found.items() for part, v in norms.items()}


def follow_stack(stack: Stack, v: np.ndarray, states: list, dh: np.ndarray, lags: int) -> Norms:
    """Backwards through one stack, step by step: {"0.h": norms (lags, M), ...}.

    v (T, M) or (T, M, D) is what it read, states[t] its state before step t, dh (1, M, H) the gradient of its
    last output.
    """
    dstate, found = None, {}
    for t in range(len(v) - 1, len(v) - 1 - lags, -1):
        stack.forward(v[t : t + 1], states[t])
        _, dstate = stack.backward(dh, dstate)
        dh = np.zeros_like(dh)
        for k, (layer, parts) in enumerate(zip(stack.layers, dstate)):
            for name, dv in zip(layer.states, parts if isinstance(parts, tuple) else [parts], strict=True):
                found.setdefault(f"{k}.{name}", []).append(np.linalg.norm(dv, axis=1))
    return {name: np.array(rows) for name, rows in found.items()}


def total(norms: Norms) -> np.ndarray:
    """The norm of the whole state's gradient (lags, M), over all layers and parts."""
    return np.sqrt(sum(v**2 for v in norms.values()))


def reach(norms: np.ndarray, share: float = 0.01) -> int | None:
    """The first lag at which the mean norm (lags, M) is below this share of that at lag 1; None if none is."""
    mean = norms.mean(axis=1)
    below = np.flatnonzero(mean < share * mean[0])
    return int(below[0]) + 1 if len(below) else None


def reach_in_words(norms: np.ndarray) -> str:
    """Where the mean norm (lags, M) falls below 1%."""
    if not norms[0].any():
        return "zero: nothing that was read changes the prediction"
    lag = reach(norms)
    return f"below 1% from lag {lag} on" if lag else "never below 1%"


def summary(name: str, norms: Norms) -> str:
    """The mean norm of the whole state's gradient at some lags, in one line."""
    mean = total(norms).mean(axis=1)
    shown = ", ".join(f"{mean[lag - 1]:.2g} at lag {lag}" for lag in SHOWN if lag <= len(mean))
    return f"{name}: gradient norm {shown}; {reach_in_words(total(norms))}"
