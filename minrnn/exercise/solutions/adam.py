"""Adam: one step of the optimiser.

At step t = 1, 2, 3, ... with the gradient g, where m and v are zero before step 1:

    (1)  m <- beta1 m + (1 - beta1) g            a running mean of the gradient
    (2)  v <- beta2 v + (1 - beta2) g^2          a running mean of its square
    (3)  m_hat = m / (1 - beta1^t),  v_hat = v / (1 - beta2^t)
    (4)  w <- w - lr m_hat / (sqrt(v_hat) + eps)

Your task: in `step`, write m_hat, v_hat and the new w.
"""

import numpy as np


def step(w, g, m, v, t, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
    """w, g, m, v (n,): weights, gradient, and both means; t = 1, 2, ... -> the new w, m, v, each a new array (n,)."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    # answer: m_hat = ...  # (3)
    m_hat = m / (1 - beta1**t)
    # end
    # answer: v_hat = ...  # (3)
    v_hat = v / (1 - beta2**t)
    # end
    # answer: w = ...  # (4)
    w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    # end
    return w, m, v
