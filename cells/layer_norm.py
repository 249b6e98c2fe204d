"""Layer normalisation of one row (Ba, Kiros and Hinton 2016): LN(v).

A row v of H entries is normalised by its own mean and variance. Scale and shift are learned, one of
each for every entry.

Forward:
    (L)  v^ = s (v - mean(v)),  s = 1 / sqrt(var(v) + EPSILON),  y = scale v^ + shift

Backward, from dy to dv. Mean and variance depend on every entry of v, so dv has two more terms:
    (L') dscale = sum dy v^,  dshift = sum dy            over all rows
         dv^ = dy scale,  dv = s (dv^ - mean(dv^) - v^ mean(dv^ v^))
"""

import math

from numba import njit

from .kernels.activations import SUMS

EPSILON = 1e-5


@njit(**SUMS)
def normalize(v, scale, shift, v_hat, y):
    """From v (H,) to v_hat and y; returns s. y may be v."""
    H = v.size
    count = v.dtype.type(H)
    mean = v.dtype.type(0)
    for j in range(H):
        mean += v[j]
    mean /= count
    var = v.dtype.type(0)
    for j in range(H):
        var += (v[j] - mean) * (v[j] - mean)
    s = v.dtype.type(1) / math.sqrt(var / count + v.dtype.type(EPSILON))
    for j in range(H):
        v_hat[j] = s * (v[j] - mean)  # (L)
    for j in range(H):
        y[j] = scale[j] * v_hat[j] + shift[j]
    return s


@njit(**SUMS)
def normalize_backward(dv, v_hat, s, scale, dscale, dshift):
    """dv (H,) holds dy, then dv^, and receives dv. Adds into dscale and dshift."""
    H = dv.size
    count = dv.dtype.type(H)
    for j in range(H):
        dshift[j] += dv[j]
    for j in range(H):
        dscale[j] += dv[j] * v_hat[j]
    for j in range(H):
        dv[j] *= scale[j]  # dv^
    mean = dv.dtype.type(0)
    for j in range(H):
        mean += dv[j]
    mean /= count
    mean_v_hat = dv.dtype.type(0)
    for j in range(H):
        mean_v_hat += dv[j] * v_hat[j]
    mean_v_hat /= count
    for j in range(H):
        dv[j] = s * (dv[j] - mean - v_hat[j] * mean_v_hat)  # (L')
