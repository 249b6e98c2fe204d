"""Inputs and targets: windows of a text.

A model reads x and predicts the symbol that follows, so the target of a symbol is the next symbol of the text:

    (1)  x[t, n] = text[starts[n] + t]
    (2)  y[t, n] = text[starts[n] + t + 1]
"""

import numpy as np


def windows(text, starts, T):
    """text (M,) symbol ids, starts (N,) where each window begins, T -> x (T, N), y (T, N)."""
    at = starts + np.arange(T)[:, np.newaxis]
    x = text[at]
    y = text[at + 1]
    return x, y
