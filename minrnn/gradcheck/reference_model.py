"""The slow and obvious objective of a whole model, for any dtype, on top of the naive steps in reference.py.

`w` are weights by the names of checkpoints; arrays may have further axes in front. `config` is that of the model.
Lists are over time.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .reference import Arrays, Run, naive

Mask = np.ndarray | None


class Masks(NamedTuple):
    """What dropout multiplies by. Where it is over time, a mask is (T, N, H), or (1, N, H) for all steps."""

    rows: Mask = None  # (V, 1), of the embedding
    inputs: dict[str, list[Mask]] | None = None  # of what each layer reads, by the name of its stack
    recurrent: dict[str, list[Mask]] | None = None  # of the matrix Wh of each layer
    last: Mask = None  # of what the stacks put out


NO_MASKS = Masks()


def masked(h: list, mask: Mask) -> list:
    """Each h_t times its mask."""
    return h if mask is None else [h_t * mask[min(t, len(mask) - 1)] for t, h_t in enumerate(h)]


def inputs(w: Arrays, x: np.ndarray, V: int, offset: np.ndarray | None, rows: Mask = None) -> list:
    """The vectors of symbols x (T, N), plus `offset` (..., T, N, E) or None."""
    if "embedding" in w:
        E = w["embedding"] if rows is None else w["embedding"] * rows
        v = [E[..., symbols, :] for symbols in x]
    else:
        v = [(symbols[..., None] == np.arange(V)).astype(float) for symbols in x]
    return v if offset is None else [v_t + offset[..., t, :, :] for t, v_t in enumerate(v)]


def stack(config: dict, w: Arrays, prefix: str, h: list, states: list, masks: Masks, run: Run | None = None) -> list:
    """h through all layers whose weights begin with `prefix`: the last one's outputs, or the sum of all layers'.

    `run` is the forward pass of the cell, None for the naive one.
    """
    run = run or naive(config["cell"].removeprefix("bi"), config["cell_options"].get("gates", "sigmoid"))
    outputs, none = [], [None] * len(states)
    of_layers = zip(states, *[(masks_of or {}).get(prefix, none) for masks_of in (masks.inputs, masks.recurrent)])
    for k, (state, mask, M) in enumerate(of_layers):
        p = {key.split(".", 2)[2]: value for key, value in w.items() if key.startswith(f"{prefix}.{k}.")}
        if M is not None:
            p["Wh"] = p["Wh"] * M
        h, _ = run(p, np.stack(np.broadcast_arrays(*masked(h, mask)), axis=-3), state)
        outputs.append(h)
    return [sum(layers) for layers in zip(*outputs)] if config["skip"] else h


def objective(config: dict, w: Arrays, h: list, y: np.ndarray, mask: Mask) -> np.ndarray:
    """The cross-entropy of y (T, N), predicted from h after dropout, and both penalties."""
    v = masked(h, mask)
    ar = config["activation_reg"] * sum((v_t**2).sum(axis=(-2, -1)) for v_t in v) / (y.size * h[0].shape[-1])
    steps = [((after - before) ** 2).mean(axis=(-2, -1)) for before, after in pairwise(h)]
    tar = config["temporal_reg"] * sum(steps) / max(len(steps), 1)
    return cross_entropy(w, v, y) + ar + tar


def cross_entropy(w: Arrays, v: list, y: np.ndarray) -> np.ndarray:
    """The mean over all y (T, N) of -log softmax(v W + b)[y]; with a projection, of v P in place of v."""
    W = w["output.W"] if "output.W" in w else w["embedding"].swapaxes(-1, -2)
    loss = 0
    for v_t, y_t in zip(v, y):
        z = v_t @ w["projection.P"] if "projection.P" in w else v_t
        logits = z @ W + w["output.b"][..., None, :]
        p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        loss = loss - np.log(p[..., np.arange(len(y_t)), y_t]).sum(axis=-1)
    return loss / y.size


def next_symbol_loss(
    config: dict, w: Arrays, x, y, states: list, masks: Masks = NO_MASKS, offset=None, run: Run | None = None
):
    """The objective of predicting y from x, integers (T, N); states have one entry for each layer."""
    h = stack(config, w, "layers", inputs(w, x, config["V"], offset, masks.rows), states, masks, run)
    return objective(config, w, h, y, masks.last)


def cloze_loss(config: dict, w: Arrays, x, _, states: list, masks: Masks, offset=None) -> np.ndarray:
    """The objective of predicting each x from all others; `states` are those of the forward stack."""
    v = inputs(w, x, config["V"], offset, masks.rows)
    zero = [tuple(np.zeros(part.shape) for part in state) for state in states]
    hf = stack(config, w, "forward", v, states, masks)
    hb = stack(config, w, "backward", v[::-1], zero, masks)[::-1]
    first = sum(state[0] for state in states) if config["skip"] else states[-1][0]
    left = [first, *hf[:-1]]
    right = [*hb[1:], zero[-1][0]]
    h = [np.concatenate(np.broadcast_arrays(a, b), axis=-1) for a, b in zip(left, right)]
    return objective(config, w, h, x, masks.last)
