"""The slow and obvious forward passes with which the project's own are compared.

They are written gate by gate, for any dtype, and for many sets of parameters at once: every array may have
further axes in front. With complex numbers they give derivatives to the last digit: for an analytic f,
Im f(p + i h) / h is f'(p) without a subtraction, and so without rounding (Squire and Trapp 1998).
"""

from collections.abc import Callable

import numpy as np

STEP = 1e-30
TOGETHER = 2**20  # how many numbers all copies of an array may have in one call

Arrays = dict[str, np.ndarray]
Run = Callable[[Arrays, np.ndarray, tuple], tuple[list, tuple]]  # parameters, x, state -> all h, state


def sigmoid(a):
    small = np.exp(np.where(a.real < 0, a, -a))  # never overflows
    return np.where(a.real < 0, small, 1) / (1 + small)


def hard_sigmoid(a):
    y = 0.2 * a + 0.5
    return np.where(y.real <= 0, 0, np.where(y.real >= 1, 1, y))


GATES = {"sigmoid": sigmoid, "hard": hard_sigmoid}


def block(v, k, H):
    """Gate k of v: columns k H to (k+1) H."""
    return v[..., k * H : (k + 1) * H]


def layer_norm(v, scale, shift):
    centred = v - v.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    return scale[..., None, :] * centred / np.sqrt(variance + 1e-5) + shift[..., None, :]


def rnn_step(p, x, state, squash):
    (h,) = state
    h = np.tanh(x @ p["Wx"] + h @ p["Wh"] + p["b"][..., None, :])
    return (h,)


def lstm_step(p, x, state, squash):
    h, c = state
    H = p["Wh"].shape[-2]
    *i, f, g, o = (
        x @ block(p["Wx"], k, H) + h @ block(p["Wh"], k, H) + block(p["b"], k, H)[..., None, :]
        for k in range(p["Wh"].shape[-1] // H)
    )
    c = squash(f) * c + (squash(i[0]) if i else 1 - squash(f)) * np.tanh(g)  # without i, the gates are tied
    return squash(o) * np.tanh(c), c


def gru_step(p, x, state, squash):
    (h,) = state
    H = p["Wh"].shape[-2]
    a_r, a_z, a_n = (x @ block(p["Wx"], k, H) + block(p["b"], k, H)[..., None, :] for k in range(3))
    r = squash(a_r + h @ block(p["Wh"], 0, H))
    z = squash(a_z + h @ block(p["Wh"], 1, H))
    if "bh" in p:
        n = np.tanh(a_n + r * (h @ block(p["Wh"], 2, H) + p["bh"][..., None, :]))
    else:
        n = np.tanh(a_n + (r * h) @ block(p["Wh"], 2, H))
    return ((1 - z) * n + z * h,)


def lnlstm_step(p, x, state, squash):
    h, c = state
    H = p["Wh"].shape[-2]
    i, f, g, o = (
        layer_norm(x @ block(p["Wx"], k, H) + h @ block(p["Wh"], k, H), block(p["scale"], k, H), block(p["b"], k, H))
        for k in range(4)
    )
    c = squash(f) * c + squash(i) * np.tanh(g)
    return squash(o) * np.tanh(layer_norm(c, p["scale_c"], p["b_c"])), c


def mixgru_step(p, x, state, squash):
    (h,) = state
    H = p["Wh"].shape[-2]
    K = p["Wh"].shape[-1] - 3 * H
    cuts = [H, 2 * H, 2 * H + K]
    Wx_r, Wx_z, Wx_w, Wx_n = np.split(p["Wx"], cuts, axis=-1)
    Wh_r, Wh_z, Wh_w, Wh_n = np.split(p["Wh"], cuts, axis=-1)
    b_r, b_z, b_w, b_n = np.split(p["b"][..., None, :], cuts, axis=-1)
    r = squash(x @ Wx_r + h @ Wh_r + b_r)
    z = squash(x @ Wx_z + h @ Wh_z + b_z)
    shares = np.exp(x @ Wx_w + h @ Wh_w + b_w)
    mean = sum(shares[..., k : k + 1] * (x @ block(Wx_n, k, H)) for k in range(K)) / shares.sum(axis=-1, keepdims=True)
    n = np.tanh(mean + (r * h) @ Wh_n + b_n)
    return ((1 - z) * n + z * h,)


def mogrifier_step(p, x, state, squash):
    h, c = state
    for k in range(1, sum(key.startswith("A") for key in p) + 1):
        source = h if k % 2 else x
        scale = 2 * sigmoid(source @ p[f"A{k}"] @ p[f"B{k}"] + p[f"q{k}"][..., None, :])
        if k % 2:
            x = scale * x
        else:
            h = scale * h
    return lstm_step(p, x, (h, c), squash)


def positive(a):
    return np.where(a.real > 0, a + 0.5, sigmoid(a))


def mingru_step(p, x, state, squash):
    (h,) = state
    z, n = np.split(x @ p["Wx"] + p["b"][..., None, :], 2, axis=-1)
    z = squash(z)
    return ((1 - z) * h + z * positive(n),)


def minlstm_step(p, x, state, squash):
    (h,) = state
    i, f, g = np.split(x @ p["Wx"] + p["b"][..., None, :], 3, axis=-1)
    i, f = squash(i), squash(f)
    return (f / (f + i) * h + i / (f + i) * positive(g),)


STEPS = {
    "rnn": rnn_step,
    "gru": gru_step,
    "lstm": lstm_step,
    "lnlstm": lnlstm_step,
    "mixgru": mixgru_step,
    "mogrifier": mogrifier_step,
    "mingru": mingru_step,
    "minlstm": minlstm_step,
}


def run_cell(name: str, p: Arrays, x: np.ndarray, state: tuple, gates: str = "sigmoid") -> tuple[list, tuple]:
    """Parameters p, x (..., T, N, D), state a tuple of (..., N, H) -> h, a list of T arrays (..., N, H), state.

    The state of a bidirectional cell is one tuple too: the arrays of the forward cell, then of the backward cell.
    """
    if name not in STEPS:
        return run_both_ways(name.removeprefix("bi"), p, x, state, gates)
    hs = []
    for t in range(x.shape[-3]):
        state = STEPS[name](p, x[..., t, :, :], state, GATES[gates])
        hs.append(state[0])
    return hs, state


def naive(name: str, gates: str = "sigmoid") -> Run:
    """`run_cell` of this cell."""
    return lambda p, x, state: run_cell(name, p, x, state, gates)


def run_both_ways(name: str, p: Arrays, x: np.ndarray, state: tuple, gates: str) -> tuple[list, tuple]:
    ahead, behind = (
        {key.removeprefix(side): value for key, value in p.items() if key.startswith(side)}
        for side in ("forward.", "backward.")
    )
    half = len(state) // 2
    h_f, last_f = run_cell(name, ahead, x, state[:half], gates)
    h_b, last_b = run_cell(name, behind, x[..., ::-1, :, :], state[half:], gates)
    hs = [np.concatenate(np.broadcast_arrays(*pair), axis=-1) for pair in zip(h_f, h_b[::-1])]
    return hs, (*last_f, *last_b)


def derivative(f: Callable[[np.ndarray], np.ndarray], v: np.ndarray) -> np.ndarray:
    """The gradient of the scalar f at the array v, by the complex step: many elements in one call of f.

    f must take v with one more axis in front, and return one number for each entry of that.
    """
    out = np.empty(v.size)
    together = max(1, TOGETHER // v.size)
    for start in range(0, v.size, together):
        elements = np.arange(start, min(start + together, v.size))
        bumps = np.zeros((elements.size, v.size))
        bumps[np.arange(elements.size), elements] = STEP
        out[elements] = f(v + 1j * bumps.reshape(-1, *v.shape)).imag / STEP
    return out.reshape(v.shape)


def relative_error(a: np.ndarray, b: np.ndarray, largest: float = 0) -> float:
    """The largest difference of a and b, relative to the largest element of them, or to 1e-6 `largest` if that is more.

    `largest` is the largest element of all gradients of a check. A gradient a million times smaller, as behind
    closed gates, may have lost six digits to rounding although it is right.
    """
    return np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max(), 1e-6 * largest, 1e-12)
