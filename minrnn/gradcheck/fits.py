"""What a wrong array is of the right one: a factor, a factor for each column, a missing term.

Every function answers None or False where the arrays do not fit to many digits. So nothing is guessed: with random
numbers, six elements do not fit by accident.
"""

import numpy as np

from .reference import sigmoid

FIT = 1e-6  # relative; differences have no more digits
OVER = {
    "{y}": lambda y: y,
    "1 - {y}": lambda y: 1 - y,
    "{y} (1 - {y})": lambda y: y * (1 - y),
    "1 - {y}^2": lambda y: 1 - y * y,
}


# A slope that stands where another belongs: what is said of it, and the ratio of the two.
SLOPES = {
    "the sigmoid of a sigmoid: its slope is taken at {y}, which is a sigmoid already; it is {y} (1 - {y})": (
        lambda y: sigmoid(y) * (1 - sigmoid(y)) / (y * (1 - y))
    ),
    "the sigmoid of {y}, which is a sigmoid already, stands where the slope {y} (1 - {y}) belongs": (
        lambda y: sigmoid(y) / (y * (1 - y))
    ),
    "the tanh of a tanh: its slope is taken at {y}, which is a tanh already; it is 1 - {y}^2": (
        lambda y: (1 - np.tanh(y) ** 2) / (1 - y * y)
    ),
    "1 - {y} stands where the slope 1 - {y}^2 belongs": lambda y: (1 - y) / (1 - y * y),
    "{y} (1 - {y}), the slope of a sigmoid, stands where that of a tanh, 1 - {y}^2, belongs": (
        lambda y: y * (1 - y) / (1 - y * y)
    ),
    "1 - {y}^2, the slope of a tanh, stands where that of a sigmoid, {y} (1 - {y}), belongs": (
        lambda y: (1 - y * y) / (y * (1 - y))
    ),
    "1 + {y}^2 stands where the slope 1 - {y}^2 belongs": lambda y: (1 + y * y) / (1 - y * y),
}


def close(a: np.ndarray, b: np.ndarray) -> bool:
    scale = max(np.abs(a).max(initial=0), np.abs(b).max(initial=0))
    return bool(np.abs(a - b).max(initial=0) <= FIT * scale)


def factor(got: np.ndarray, expected: np.ndarray) -> float | None:
    """c, not 1, where got = c expected."""
    c = float((got * expected).sum() / max((expected * expected).sum(), 1e-300))
    # What is left over is small beside what the factor explains.
    return c if np.abs(got - c * expected).max() <= 1e-3 * min(1, abs(c - 1)) * np.abs(expected).max() else None


def named(c: float, sizes: dict[str, int]) -> str:
    """A factor in words: "N = 4 times too large"."""
    products = {**sizes, "T N": sizes["T"] * sizes["N"]} if {"T", "N"} <= sizes.keys() else sizes
    for value, names in {v: [k for k in products if products[k] == v] for v in products.values() if v > 1}.items():
        for ratio, words in ((value, "large"), (1 / value, "small")):
            if abs(c / ratio - 1) < FIT:
                return f"{' or '.join(names)} = {value} times too {words}"
    known = {-1: "right but for its sign (factor -1)", 2: "2 times too large", 0.5: "2 times too small"}
    other = f"{c:.9g} times as large as it should be"
    return next((words for ratio, words in known.items() if abs(c / ratio - 1) < FIT), other)


def ratio(got: np.ndarray, expected: np.ndarray, axis: int = -1) -> np.ndarray | None:
    """The factors r where got = expected times r, one for each index of that axis; NaN where expected is zero."""
    a, b = (np.moveaxis(v, axis, -1).reshape(-1, v.shape[axis]) for v in (got, expected))
    square = (b * b).sum(axis=0)
    empty = square <= 1e-24 * square.max()
    r = (a * b).sum(axis=0) / np.where(empty, 1, square)
    return np.where(empty, np.nan, r) if close(a, r * b) and not empty.all() else None


def explain_ratio(r: np.ndarray, values: dict[str, np.ndarray]) -> str | None:
    """What multiplies by r in words: a slope of the wrong thing, a factor that is missing or there twice."""
    there, values = np.isfinite(r), {name: y for name, y in values.items() if y.shape == r.shape}
    if there.sum() < 3 or close(r[there], np.full(there.sum(), r[there].mean())):
        return None
    with np.errstate(all="ignore"):
        for name, y in values.items():
            for words, of in SLOPES.items():
                if fits(of(y)[there], r[there]):
                    return words.format(y=name)
        for name, y in values.items():
            for text, of in OVER.items():
                if fits(1 / of(y)[there], r[there]):
                    return f"the factor {text.format(y=name)} is missing"
                if fits(of(y)[there], r[there]):
                    return f"the factor {text.format(y=name)} is there once too often"
    return None


def fits(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether all elements, and not only the largest, are equal."""
    return bool(a.shape == b.shape and np.isfinite(a).all() and (np.abs(a - b) <= FIT * np.abs(b)).all())


def framed(D: np.ndarray, M: np.ndarray, diagonal: bool = True) -> bool:
    """Whether D = diag(a) M diag(b) for some a and b, all elements or those off the diagonal.

    Then the ratios Q = D / M have rank one: Q[i, j] Q[k, l] = Q[i, l] Q[k, j].
    """
    n = len(M)
    if D.shape != M.shape or n < 3 or not np.abs(D).max() > 0:
        return False
    used = np.ones((n, n), bool) if diagonal else ~np.eye(n, dtype=bool)
    if (M[used] == 0).any() or (not diagonal and np.abs(np.diag(D)).max() > FIT * np.abs(D).max()):
        return False
    Q = np.where(used, D / np.where(used, M, 1), 0)
    left, right = np.einsum("ij,kl->ijkl", Q, Q), np.einsum("il,kj->ijkl", Q, Q)
    counted = np.einsum("ij,kl,il,kj->ijkl", *[used] * 4)
    # Rows apart, columns apart: products of one pair only say nothing.
    return close(left[counted], right[counted]) and np.abs(Q).max() > 0


def diagonal(D: np.ndarray) -> np.ndarray | None:
    """The diagonal of a square matrix that has nothing else."""
    if D.ndim != 2 or D.shape[0] != D.shape[1] or len(D) < 2:
        return None
    d = np.diag(D)
    return d.copy() if np.abs(D - np.diag(d)).max() <= FIT * np.abs(d).max() else None


def name_value(v: np.ndarray, values: dict[str, np.ndarray]) -> str | None:
    """The value, or the simple expression of one, that equals v."""
    return next(
        (text.format(y=name) for name, y in values.items() for text, of in OVER.items() if fits(of(y), v)),
        None,
    )
