"""L2 regularisation: a penalty for large weights (Krogh and Hertz 1992).

    (1)  L2 = X / 2 sum w^2, over all matrices
    (1') dw += X w

The loss that is reported stays the cross-entropy. Biases are free: that of the output says how often each symbol
occurs, and should not be pulled to zero.

Adam divides the gradient of each weight by its usual size. So this pull is strong on weights with small gradients, such
as the embedding of a rare word, where decoupled weight decay pulls all weights alike (Loshchilov and Hutter 2019).
"""

from numba import njit

from cells.kernels.activations import KERNEL

from .language_model import LanguageModel


def add_l2_gradient(model: LanguageModel, strength: float) -> None:
    """Adds (1') to the gradients of a model, in place, with X = `strength`."""
    X = model.dtype.type(strength)
    for part in model.parts.values():
        for name, w in part.params.items():
            if w.ndim == 2:
                add_scaled(part.grads[name], w, X)


@njit(**KERNEL)
def add_scaled(dw, w, X):
    """(1') for a matrix, in one pass."""
    for i in range(len(w)):
        for j in range(w.shape[1]):
            dw[i, j] += X * w[i, j]  # (1')
