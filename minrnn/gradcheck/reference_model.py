"""The slow and obvious loss of a whole model, for any dtype, on top of the naive steps in reference.py.

`w` are weights by the names of checkpoints; arrays may have further axes in front. A mask is None, or
(T, N, H), or (1, N, H) where all steps share it.
"""

import numpy as np

from .reference import run_cell


def times(h, mask):
    """A list of h_t, each times its mask."""
    return h if mask is None else [h_t * mask[min(t, len(mask) - 1)] for t, h_t in enumerate(h)]


def inputs(w, x, V, nudge):
    """The vectors that symbols x (T, N) stand for, a list over time, plus `nudge` (..., T, N, E) or None."""
    if "embedding" in w:
        v = [w["embedding"][..., symbols, :] for symbols in x]
    else:
        v = [(symbols[..., None] == np.arange(V)).astype(float) for symbols in x]
    return v if nudge is None else [v_t + nudge[..., t, :, :] for t, v_t in enumerate(v)]


def stack(cell, w, prefix, h, states, masks):
    """h, a list over time, through all layers whose weights begin with `prefix`; masks are at their inputs.

    `cell` is the name of a cell and the kind of its gates.
    """
    for k, (state, mask) in enumerate(zip(states, masks)):
        p = {key.split(".", 2)[2]: value for key, value in w.items() if key.startswith(f"{prefix}.{k}.")}
        name, gates = cell
        h, _ = run_cell(name, p, np.stack(np.broadcast_arrays(*times(h, mask)), axis=-3), state, gates)
    return h


def cross_entropy(w, h, y):
    """The mean over all y (T, N) of -log softmax(h W + b)[y]."""
    W = w["output.W"] if "output.W" in w else w["embedding"].swapaxes(-1, -2)
    loss = 0
    for h_t, y_t in zip(h, y):
        logits = h_t @ W + w["output.b"][..., None, :]
        p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        loss = loss - np.log(p[..., np.arange(len(y_t)), y_t]).sum(axis=-1)
    return loss / y.size


def next_symbol_loss(cell, w, x, y, states, masks, last_mask, V, nudge=None):
    """The loss of predicting y from x, integers (T, N); states and masks are lists with one entry a layer."""
    h = stack(cell, w, "layers", inputs(w, x, V, nudge), states, masks)
    return cross_entropy(w, times(h, last_mask), y)


def cloze_loss(cell, w, x, states, masks, backward_masks, last_mask, V, nudge=None):
    """The loss of predicting each x from all others; `states` is that of the forward stack."""
    v = inputs(w, x, V, nudge)
    zero = [tuple(np.zeros(part.shape) for part in state) for state in states]
    hf = stack(cell, w, "forward", v, states, masks)
    hb = stack(cell, w, "backward", v[::-1], zero, backward_masks)[::-1]
    left = [states[-1][0], *hf[:-1]]
    right = [*hb[1:], zero[-1][0]]
    h = [np.concatenate(np.broadcast_arrays(a, b), axis=-1) for a, b in zip(left, right)]
    return cross_entropy(w, times(h, last_mask), x)
