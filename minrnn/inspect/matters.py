"""For each prediction, how much each symbol before it mattered: the norm of a gradient, from real backward passes.

L[t] is the loss in nats of predicting symbol t of the text, and x[s] the input vector of symbol s: its row of the
embedding, or a one-hot row. We compute the norm of dL[t]/dx[s] for s = t-1, t-2, ... t-K:

    dh      gradient of L[t] by the last output of the top layer: the output layer's backward pass
    dx[s]   from dh and dstate, by the layers' backward pass over step s alone; its dstate goes to step s-1

All t go back together, as the rows of a batch: K steps for n predictions, each from the state that the text left.
The norm says how steeply the loss changes where that vector is nudged. It says nothing about another symbol in that
place, which is no nudge, nor whether the symbol made the prediction better. Of a bidirectional model, both stacks are
followed, the second one to the symbols after t.
"""

import numpy as np

from ..nn.language_model import LanguageModel
from ..nn.output import softmax_cross_entropy
from ..nn.stack import Stack, States

ROWS = 256  # predictions that go back together
PAIRS = 100_000  # of a prediction and an earlier symbol on one page: about 5 seconds of work for 2 x 128 units
NARROW = 256  # a one-hot row up to this size costs no more than an embedding


def reach_on_page(model: LanguageModel, n: int, lags: int) -> int:
    """How many symbols before each of n predictions have room and time on a page: `lags` or fewer."""
    width = 1 if model.embedding else max(1, model.config["V"] / NARROW)
    return max(1, min(lags, n - 1, int(PAIRS / (n * width * model.directions))))


def matters(model: LanguageModel, symbols: np.ndarray, opening: np.ndarray, reach: int) -> list[np.ndarray]:
    """[norms (n, reach)] for symbols (n,) that follow the opening (1,): row t has symbol t - k in column k - 1.

    Of a bidirectional model [norms, norms]: the second has symbol t + k there. What is outside of the text is 0.
    """
    own, n = model.replica(), len(symbols)  # a replica has its own gradients and memory
    one_way = model.directions == 1
    runs, last = [], []
    for name, stack in own.stacks.items():
        order = symbols[::-1] if name == "backward" else symbols
        # Symbol s is input number s, one later where the opening is read first; symbol t is predicted after t - 1.
        x = np.concatenate([opening, order])[:n] if one_way else order
        states, h = states_before(own, stack, x.astype(np.intp))
        h = h if one_way else np.concatenate([np.zeros_like(h[:1]), h[:-1]])
        runs.append((stack, x.astype(np.intp), states))
        last.append(h[::-1] if name == "backward" else h)
    found = [np.zeros((n, reach)) for _ in runs]
    for a in range(0, n, ROWS):
        h = np.concatenate([part[np.newaxis, a : a + ROWS] for part in last], axis=2)
        _, _, dlogits = softmax_cross_entropy(own.output.forward(own.read(h)), symbols[np.newaxis, a : a + ROWS], 1)
        dlast = np.split(own.read_backward(own.output.backward(dlogits)), len(runs), axis=2)
        for norms, run, dh, name in zip(found, runs, dlast, own.stacks):
            b = a + dh.shape[1]
            if name == "backward":  # Its text runs the other way.
                go_back(own, *run, dh[:, ::-1], n - b, n - a, 0, norms[::-1])
            else:
                go_back(own, *run, dh, a, b, int(one_way), norms)
    return found


def states_before(model: LanguageModel, stack: Stack, x: np.ndarray) -> tuple[States, np.ndarray]:
    """A text x (n,), read step by step -> (the states of the layers before each step, as n rows; h (n, H))."""
    state, states, outputs = stack.zero_state(1), [], []
    for t in range(len(x)):
        states.append(state)
        h, state = stack.forward(model.vectors(x[t : t + 1, np.newaxis]), state)
        outputs.append(h[0])
    layers = [joined(over_time) for over_time in zip(*states)]
    return layers, np.concatenate(outputs)


def joined(states: list) -> np.ndarray | tuple:
    """The states of one layer, each of one row, as one state of many."""
    if isinstance(states[0], tuple):
        return tuple(map(np.concatenate, zip(*states)))
    return np.concatenate(states)


def rows_of(state: np.ndarray | tuple, rows: slice) -> np.ndarray | tuple:
    """These rows of a layer's state."""
    return tuple(part[rows] for part in state) if isinstance(state, tuple) else state[rows]


def go_back(
    model: LanguageModel, stack: Stack, x: np.ndarray, states: States, dh: np.ndarray, a: int, b: int, opening: int,
    norms: np.ndarray,
) -> None:  # fmt: skip
    """Fills rows a to b of norms (n, reach), from dh (1, b - a, H), the gradient of what those predictions read.

    x (n,) are the inputs, with `opening` of them before symbol 0, and states are those before each.
    """
    dstate, first = None, a
    for k in range(1, norms.shape[1] + 1):
        # From now on without the predictions that have fewer than k symbols before them.
        done = slice(max(first, k) - first, None)
        first = max(first, k)
        if first >= b:
            return
        at = slice(first - k + opening, b - k + opening)
        v = x[np.newaxis, at]
        v = model.vectors(v) if model.embedding else stack.one_hot(v)
        stack.forward(v, [rows_of(state, at) for state in states])
        dx, dstate = stack.backward(dh[:, done], dstate and [rows_of(part, done) for part in dstate])
        norms[first:b, k - 1] = np.linalg.norm(dx[0], axis=1)
        dh = np.zeros_like(dx, shape=(1, b - first, dh.shape[2]))
