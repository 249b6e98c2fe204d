"""Dropout: the way back.

Forward, with a random number for each element of h:

    (1)  keep = (random >= p)                0 with probability p, else 1
    (2)  v = h keep / (1 - p)                what is kept grows, so that the mean stays

Your task: in `backward`, write dh.
"""


def forward(h, p, rng):
    """h (T, N, H), 0 < p < 1, rng a numpy.random.Generator -> v (T, N, H), keep (T, N, H) of 0 and 1."""
    keep = (rng.random(h.shape) >= p).astype(float)
    return h * keep / (1 - p), keep


def backward(dv, keep, p):
    """dv (T, N, H), keep (T, N, H), p -> dh (T, N, H)."""
    # answer: dh = ...  # (2') shape (T, N, H)
    dh = dv * keep / (1 - p)
    # end
    return dh
