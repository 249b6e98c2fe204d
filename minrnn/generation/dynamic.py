"""Dynamic evaluation (Krause et al. 2018): a model goes on learning from the text that it is scored on.

Each segment of T symbols is scored first, by the weights p as they are, and learned from afterwards. With g the
gradient of the segment's mean loss, p0 the trained weights, and M how large the gradient of such a segment of the
training text is, for each weight:
    (1)  M = sqrt(mean g^2)
    (2)  p <- p - rate g / (M + eps) + min(1, decay M / mean M) (p0 - p),  eps = 0.2 mean M

So weights move in units of their usual gradient, and are pulled back to p0, the stronger the more they usually move.

For (1), N segments are read side by side, which is several times as fast as one by one. Their mean gradient G is
mostly noise, which is sqrt(N) times smaller than that of one segment: M ~ sqrt(N mean G^2).
"""

import math
import sys
from collections.abc import Iterable
from itertools import islice

import numpy as np
from numba import njit
from tqdm import tqdm

from cells.kernels.activations import KERNEL
from data import TextError, fit, windows

from ..nn.language_model import LanguageModel
from ..system.errors import OptionError
from ..system.wording import cell_label

EPS = 0.2
# For (1): segments side by side, and how often. Four times as many changed the loss by 0.0005 at most, on characters
# (LSTM 2 x 256, tiny-shakespeare) and on words (LSTM 1 x 128, Penn Treebank).
ROWS, BATCHES = 32, 25


def usual_gradient(model: LanguageModel, symbols: np.ndarray, T: int) -> np.ndarray:
    """M (size,) of (1), from at most ROWS * BATCHES segments of a text, symbol ids (n,), n >= 2 (else TextError).

    Raises OptionError for a bidirectional model. A bar on stderr, if that is a terminal, shows how far it is.
    """
    if model.directions > 1:
        raise OptionError(
            f"--dynamic learns from symbols after it predicted them, but a model of cell "
            f"{cell_label(model.config['cell'])} sees them before; leave --dynamic out"
        )
    if len(symbols) < 2:
        raise TextError("the text for the statistics of --dynamic is too short; give a longer one")
    model = own(model)
    N, T = fit(len(symbols), ROWS, T)
    squares, state, n = np.zeros_like(model.params), None, 0
    for x, y in shown(list(islice(windows(symbols, N, T), BATCHES)), "statistics"):
        model.grads[:] = 0
        _, _, state = model.loss_and_gradient(x, y, state, None, x.size)
        squares += model.grads * model.grads
        n += 1
    return np.sqrt(squares * (N / n))  # (1)


def evaluate(
    model: LanguageModel, framed: np.ndarray, M: np.ndarray, rate: float, decay: float, T: int
) -> tuple[float, float]:
    """(mean loss in nats a symbol, the share of right predictions) of a framed text, symbol ids (n + 1,).

    M is that of `usual_gradient` for the same T. The state is carried, and dropout is off. A copy learns: the model
    stays as it is. Raises OptionError if the loss is not finite.
    """
    trained, model = model.params, own(model, model.params.copy())
    mean = M.mean(dtype=np.float64) or 1.0  # 0 where there is nothing to learn
    constants = [model.dtype.type(v) for v in (rate, EPS * mean, decay / mean)]
    n = len(framed) - 1
    loss, correct, state = 0.0, 0, None
    for x, y in shown(windows(framed, 1, T), "dynamic", -(-n // T)):
        share, right, state = model.loss_and_gradient(x, y, state, None, len(x))
        loss, correct = loss + share * len(x), correct + right
        if not math.isfinite(loss):
            raise OptionError(f"--dynamic-rate {rate:g} makes the loss {loss:g}; give a lower one")
        update(model.params, model.grads, trained, M, *constants)
    return loss / n, correct / n


def own(model: LanguageModel, weights: np.ndarray | None = None) -> LanguageModel:
    """A replica of the model that nobody else uses, with the same weights or with these (size,)."""
    replica = model.replica(weights)
    replica.reuse_memory()
    return replica


def shown(batches: Iterable, what: str, total: int | None = None) -> Iterable:
    """The batches, with a bar on stderr if that is a terminal and they take longer than two seconds."""
    return tqdm(batches, what, total, leave=False, file=sys.stderr, unit=" steps", delay=2, disable=None)


@njit(**KERNEL)
def update(p, g, p0, M, rate, eps, pull):
    """(2) in place, over vectors (size,), in one pass; g becomes 0. pull = decay / mean M."""
    one, zero = p.dtype.type(1), p.dtype.type(0)
    for k in range(p.size):
        p[k] += min(one, pull * M[k]) * (p0[k] - p[k]) - rate * g[k] / (M[k] + eps)  # (2)
        g[k] = zero
