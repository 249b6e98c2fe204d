"""Layer normalisation: the gradient of the input.

Forward, for each row v of H numbers:

    (1)  mean = sum(v) / H,  variance = sum((v - mean)^2) / H
    (2)  s = 1 / sqrt(variance + 1e-5),  v_hat = (v - mean) s
    (3)  y = scale v_hat + shift

Each number of v changes its own v_hat directly, and all others through the mean and the variance.

Your task: in `backward`, write dv. dv_hat, the gradient of v_hat, is there already.
"""

import numpy as np


def forward(v, scale, shift):
    """v (N, H), scale and shift (H,) -> y (N, H), v_hat (N, H), s (N, 1)."""
    centred = v - v.mean(axis=1, keepdims=True)
    s = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
    v_hat = centred * s
    return scale * v_hat + shift, v_hat, s


def backward(dy, v_hat, s, scale):
    """dy (N, H), v_hat (N, H), s (N, 1), scale (H,) -> dv (N, H), dscale (H,), dshift (H,)."""
    dv_hat = dy * scale
    # answer: dv = ...  # (2') and (1') shape (N, H)
    mean = dv_hat.mean(axis=1, keepdims=True)
    mean_v_hat = (dv_hat * v_hat).mean(axis=1, keepdims=True)
    dv = s * (dv_hat - mean - v_hat * mean_v_hat)
    # end
    return dv, (dy * v_hat).sum(axis=0), dy.sum(axis=0)
