"""The steps of the optimisers by their published formulas, as plainly as possible: from p (n,) along all gradients.

`gradients` and `rates` have one entry a step. The last options of some are well-known mistakes, for diagnoses.
"""

import numpy as np


def sgd(p, gradients, rates, momentum=0.0, dampened=False):
    """Polyak 1964: the velocity is a decaying sum of gradients."""
    v = np.zeros_like(p)
    for g, lr in zip(gradients, rates):
        v = momentum * v + (1 - momentum if dampened else 1) * g
        p = p - lr * v
    return p


def rmsprop(p, gradients, rates, rho=0.9, eps=1e-8, eps_inside=False):
    """Tieleman and Hinton 2012: the gradient over its running root mean square."""
    s = np.zeros_like(p)
    for g, lr in zip(gradients, rates):
        s = rho * s + (1 - rho) * g**2
        p = p - lr * g / (np.sqrt(s + eps) if eps_inside else np.sqrt(s) + eps)
    return p


def adam(
    p, gradients, rates, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0,
    corrected=True, coupled=False, eps_inside=False,
):  # fmt: skip
    """Kingma and Ba 2015, algorithm 1, and the decay of Loshchilov and Hutter 2019, algorithm 2."""
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, (g, lr) in enumerate(zip(gradients, rates), start=1):
        g = g + weight_decay * p if coupled else g
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = (m / (1 - beta1**t), v / (1 - beta2**t)) if corrected else (m, v)
        root = np.sqrt(v_hat + eps) if eps_inside else np.sqrt(v_hat) + eps
        p = p - lr * (m_hat / root + (0 if coupled else weight_decay * p))
    return p


def adagrad(p, gradients, rates, eps=1e-10, eps_inside=False):
    """Duchi et al. 2011, with a diagonal matrix: the gradient over the root of the sum of all its squares so far."""
    for t, (g, lr) in enumerate(zip(gradients, rates), start=1):
        s = np.sum(np.square(gradients[:t]), axis=0)
        p = p - lr * g / (np.sqrt(s + eps) if eps_inside else np.sqrt(s) + eps)
    return p
