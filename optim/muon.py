"""Muon (Jordan et al. 2024) for the matrices, with the step size of Liu et al. 2025, and Adam for everything else.

For a matrix W (m, n) with gradient G:
    M <- momentum M + (1 - momentum) G,     U = momentum M + (1 - momentum) G                (Nesterov's momentum)
    X_0 = U / |U|                                                                            (Frobenius norm)
    X_{k+1} = q_k X_k,     q_k = a + b A_k + c A_k^2,     A_k = X_k X_k^T,     k = 0 .. 4    (1)
    W <- (1 - lr decay) W - 0.2 sqrt(max(m, n)) lr X_5                                       (2)

(1) brings the singular values of U near 1 (to 0.7 .. 1.2, if they are not tiny beside the largest), so that the step is
as long in every direction. (2) makes its elements about as large as Adam's, so that Adam's lr and decay fit.

Within a group of rounds only the small square matrices are multiplied: A_{k+1} = q_k A_k q_k, and the last X of the
group is P times the first one, where P is the product of the group's q_k. Of a tall matrix, it is the transpose that
is moved. All five rounds in one group would be a little cheaper, but rounding in float32 then costs up to 0.1% of
|X_5|; in two groups it costs no more than in (1) itself, 0.01%.
"""

import math
from itertools import pairwise

import numpy as np

from .adam import Adam

COEFFICIENTS = 3.4445, -4.775, 2.0315
GROUPS = 2, 3  # Rounds in each group.
EPS = 1e-7  # The least |U|: a gradient of zeros moves nothing.


class Muon(Adam):
    """Steps that are as long in every direction of a matrix; Adam's steps for what is in no matrix.

    `matrices` says where they are in the flat vector: (start, (m, n)) of each, in order and without overlap.
    """

    def __init__(
        self, size: int, lr: float = 3e-3, momentum: float = 0.95, beta1: float = 0.9, beta2: float = 0.999,
        eps: float = 1e-8, weight_decay: float = 0.0, matrices: tuple[tuple[int, tuple[int, int]], ...] = (),
    ):  # fmt: skip
        super().__init__(size, lr, beta1, beta2, eps, weight_decay)
        self.momentum = momentum
        self.matrices = [(slice(start, start + m * n), (m, n)) for start, (m, n) in matrices]
        ends = [0, *(end for part, _ in self.matrices for end in (part.start, part.stop)), size]
        self.rest = [slice(*ends) for ends in list(pairwise(ends))[::2] if ends[0] < ends[1]]

    def step(self, params: np.ndarray, grads: np.ndarray) -> None:
        mean, square = self.begin(params, grads)
        for part in self.rest:
            self.move(params[part], grads[part], mean[part], square[part])
        for part, shape in self.matrices:
            W, G, M = (v[part].reshape(shape) for v in (params, grads, mean))
            M *= self.momentum
            M += (1 - self.momentum) * G
            X = orthogonal(self.momentum * M + (1 - self.momentum) * G)
            X *= 0.2 * math.sqrt(max(shape)) * self.lr
            W *= 1 - self.lr * self.weight_decay
            W -= X  # (2)


def orthogonal(U: np.ndarray) -> np.ndarray:
    """X_5 of U (m, n)."""
    X = U / max(float(np.linalg.norm(U)), EPS)
    if len(X) > X.shape[1]:
        X = X.T
    for count in GROUPS:
        X = product(X @ X.T, count) @ X
    return X if X.shape == U.shape else X.T


def product(A: np.ndarray, count: int) -> np.ndarray:
    """P of a group of `count` rounds that begins with A (s, s)."""
    P = q = polynomial(A)
    for _ in range(count - 1):
        A = q @ A @ q
        q = polynomial(A)
        P = q @ P
    return P


def polynomial(A: np.ndarray) -> np.ndarray:
    """q = a + b A + c A^2 of A (s, s)."""
    a, b, c = COEFFICIENTS
    q = b * A + c * (A @ A)
    q.flat[:: len(q) + 1] += a
    return q
