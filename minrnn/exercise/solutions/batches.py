"""A long text in batches: each batch continues where the one before it stopped.

The text is cut into rows, and the rows into batches of T steps. For every batch, with h[-1] = the last h of the batch
before it, or zeros for the first:

    (1)  h[t] = tanh(x[t] Wx + h[t-1] Wh)
"""

import numpy as np


def read_batch(x, Wx, Wh, state=None):
    """x (T, N, D), state (N, H) or None for zeros -> h (T, N, H), the last state (N, H)."""
    state = np.zeros((x.shape[1], len(Wh))) if state is None else state
    hs = []
    for x_t in x:
        state = np.tanh(x_t @ Wx + state @ Wh)
        hs.append(state)
    return np.stack(hs), state


def read_text(batches, Wx, Wh):
    """batches: a list of arrays (T, N, D), in the order of the text -> the states of all steps, one after the other."""
    state, hs = None, []
    for x in batches:
        h, state = read_batch(x, Wx, Wh, state)
        hs.append(h)
    return np.concatenate(hs)
