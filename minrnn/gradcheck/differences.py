"""Derivatives of a function that accepts only real numbers.

    f'(v) ~ (45 (f[1] - f[-1]) - 9 (f[2] - f[-2]) + f[3] - f[-3]) / (60 e),  f[k] = f(v + k e)

The error of the formula is of order e^6 (Fornberg 1988), and the subtractions lose digits, about 1e-16 / e. At
the step below both are near 1e-13 for functions like ours, and larger relative to a gradient that is small itself.
"""

from collections.abc import Callable

import numpy as np

STEP = 2e-3
WEIGHTS = {1: 45, 2: -9, 3: 1}


def differences(f: Callable[[np.ndarray], float], v: np.ndarray) -> np.ndarray:
    """The gradient of the scalar f at the array v, one element after the other."""
    return differences_of_many(f, v)[0]


def differences_of_many(f: Callable[[np.ndarray], np.ndarray], v: np.ndarray) -> np.ndarray:
    """The Jacobian (outputs, *shape of v) of f, which returns a vector (outputs,) or a number."""
    rows = []
    for k in np.ndindex(v.shape):
        out = 0.0
        for distance, weight in WEIGHTS.items():
            for sign in (1, -1):
                moved = v.copy()
                moved[k] += sign * distance * STEP
                out = out + sign * weight * np.atleast_1d(f(moved))
        rows.append(out)
    return np.array(rows).T.reshape(-1, *v.shape) / (60 * STEP)
