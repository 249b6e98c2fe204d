"""The slow and obvious loss of a whole model, for any dtype, on top of the naive steps in reference.py.

`w` are weights by the names of checkpoints; arrays may have further axes in front. A mask is None, or (T, N, H),
or (1, N, H) where all steps share it. `cell` is the name of a cell and the kind of its gates. Lists are over time.
"""

import numpy as np

from .reference import Arrays, run_cell


def masked(h: list, mask: np.ndarray | None) -> list:
    """Each h_t times its mask."""
    return h if mask is None else [h_t * mask[min(t, len(mask) - 1)] for t, h_t in enumerate(h)]


def inputs(w: Arrays, x: np.ndarray, V: int, offset: np.ndarray | None) -> list:
    """The vectors of symbols x (T, N), plus `offset` (..., T, N, E) or None."""
    if "embedding" in w:
        v = [w["embedding"][..., symbols, :] for symbols in x]
    else:
        v = [(symbols[..., None] == np.arange(V)).astype(float) for symbols in x]
    return v if offset is None else [v_t + offset[..., t, :, :] for t, v_t in enumerate(v)]


def stack(cell: tuple[str, str], w: Arrays, prefix: str, h: list, states: list, masks: list) -> list:
    """h through all layers whose weights begin with `prefix`; masks are at their inputs."""
    for k, (state, mask) in enumerate(zip(states, masks)):
        p = {key.split(".", 2)[2]: value for key, value in w.items() if key.startswith(f"{prefix}.{k}.")}
        name, gates = cell
        h, _ = run_cell(name, p, np.stack(np.broadcast_arrays(*masked(h, mask)), axis=-3), state, gates)
    return h


def cross_entropy(w: Arrays, h: list, y: np.ndarray) -> np.ndarray:
    """The mean over all y (T, N) of -log softmax(h W + b)[y]."""
    W = w["output.W"] if "output.W" in w else w["embedding"].swapaxes(-1, -2)
    loss = 0
    for h_t, y_t in zip(h, y):
        logits = h_t @ W + w["output.b"][..., None, :]
        p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        loss = loss - np.log(p[..., np.arange(len(y_t)), y_t]).sum(axis=-1)
    return loss / y.size


def next_symbol_loss(cell, w: Arrays, x, y, states: list, masks: list, last_mask, V: int, offset=None) -> np.ndarray:
    """The loss of predicting y from x, integers (T, N); states and masks have one entry for each layer."""
    h = stack(cell, w, "layers", inputs(w, x, V, offset), states, masks)
    return cross_entropy(w, masked(h, last_mask), y)


def cloze_loss(cell, w: Arrays, x, states: list, masks: list, backward_masks: list, last_mask, V: int, offset=None):
    """The loss of predicting each x from all others; `states` are those of the forward stack."""
    v = inputs(w, x, V, offset)
    zero = [tuple(np.zeros(part.shape) for part in state) for state in states]
    hf = stack(cell, w, "forward", v, states, masks)
    hb = stack(cell, w, "backward", v[::-1], zero, backward_masks)[::-1]
    left = [states[-1][0], *hf[:-1]]
    right = [*hb[1:], zero[-1][0]]
    h = [np.concatenate(np.broadcast_arrays(a, b), axis=-1) for a, b in zip(left, right)]
    return cross_entropy(w, masked(h, last_mask), x)
