"""The slow and obvious forward passes that the project's own are checked against.

Written gate by gate, for any dtype, and for a whole batch of parameter sets at once: every array may
have further axes in front. With complex numbers they give derivatives to the last digit: for an
analytic f, Im f(p + i h) / h is f'(p) with no subtraction and so no rounding (Squire and Trapp 1998).
"""

import numpy as np

STEP = 1e-30


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def block(v, k, H):
    """Gate k of v: columns k H to (k+1) H."""
    return v[..., k * H : (k + 1) * H]


def rnn_step(p, x, state):
    (h,) = state
    h = np.tanh(x @ p["Wx"] + h @ p["Wh"] + p["b"][..., None, :])
    return (h,)


def lstm_step(p, x, state):
    h, c = state
    H = p["Wh"].shape[-2]
    i, f, g, o = (
        x @ block(p["Wx"], k, H) + h @ block(p["Wh"], k, H) + block(p["b"], k, H)[..., None, :] for k in range(4)
    )
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(p, x, state):
    (h,) = state
    H = p["Wh"].shape[-2]
    a_r, a_z, a_n = (x @ block(p["Wx"], k, H) + block(p["b"], k, H)[..., None, :] for k in range(3))
    r = sigmoid(a_r + h @ block(p["Wh"], 0, H))
    z = sigmoid(a_z + h @ block(p["Wh"], 1, H))
    if "bh" in p:
        n = np.tanh(a_n + r * (h @ block(p["Wh"], 2, H) + p["bh"][..., None, :]))
    else:
        n = np.tanh(a_n + (r * h) @ block(p["Wh"], 2, H))
    return ((1 - z) * n + z * h,)


STEPS = {"rnn": rnn_step, "gru": gru_step, "lstm": lstm_step}


def run_cell(name, p, x, state):
    """x (..., T, N, D), state a tuple of (..., N, H) -> h (list of T), state."""
    hs = []
    for t in range(x.shape[-3]):
        state = STEPS[name](p, x[..., t, :, :], state)
        hs.append(state[0])
    return hs, state


def language_model_loss(name, w, x, y, states, masks, V):
    """Mean cross-entropy of the model whose weights are `w`, as named in checkpoints.

    x, y integers (T, N); states and masks (None: no dropout) a list with one entry a layer.
    """
    vectors = w["embedding"] if "embedding" in w else np.eye(V)
    h = [vectors[..., symbols, :] for symbols in x]
    for k, state in enumerate(states):
        p = {key.split(".")[2]: value for key, value in w.items() if key.startswith(f"layers.{k}.")}
        h, _ = run_cell(name, p, np.stack(np.broadcast_arrays(*h), axis=-3), state)
        if masks[k] is not None:
            h = [h_t * mask for h_t, mask in zip(h, masks[k])]
    loss = 0
    for h_t, y_t in zip(h, y):
        logits = h_t @ w["output.W"] + w["output.b"][..., None, :]
        p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        loss = loss - np.log(p[..., np.arange(len(y_t)), y_t]).sum(axis=-1)
    return loss / y.size


def derivative(f, v):
    """The gradient of the scalar f at the array v, by the complex step: all elements in one call of f.

    f must take v with one more axis in front, and give one number for each.
    """
    bumps = np.eye(v.size).reshape(v.size, *v.shape)
    return (f(v + 1j * STEP * bumps).imag / STEP).reshape(v.shape)


def relative_error(a, b):
    return np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max(), 1e-12)
