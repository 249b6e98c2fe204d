"""Several models as one: the mean of their probabilities.

    (1)  p = (p_1 + ... + p_K) / K,  where p_k = softmax(logits_k)
    (2)  logits = log p,  as softmax(log p) = p

The sum of (1) is formed from the logarithms of its terms, so that a small probability does not become 0.
"""

import math

import numpy as np

from .cloze_model import ClozeModel
from .language_model import LanguageModel
from .output import softmax_cross_entropy
from .stack import States, Step, in_turn


class Ensemble:
    """What writes and scores like a model, made of `models` of any cells and sizes over one vocabulary.

    All of them read in one direction, or all are bidirectional; else ValueError. The state is a list with the state
    of each model. Nothing here learns: there is no `backward`.
    """

    def __init__(self, models: list[LanguageModel]):
        self.models = models
        if len({(model.config["V"], model.directions) for model in models}) != 1:
            raise ValueError("an ensemble needs models of one vocabulary, all bidirectional or none")
        self.directions, self.dtype = models[0].directions, models[0].dtype
        # The contexts of bidirectional models lie side by side, as if they were one wide layer.
        self.config = {"V": models[0].config["V"], "hidden": sum(model.config["hidden"] for model in models)}
        self.config["cell"] = " + ".join(model.config["cell"] for model in models)
        # What a text means for one model, it means for all.
        self.targets, self.framed = models[0].targets, models[0].framed

    def replica(self) -> "Ensemble":
        """An ensemble with the same weights (the same memory), and its own activations."""
        return Ensemble([model.replica() for model in self.models])

    def reuse_memory(self) -> None:
        """Lets every model reuse its arrays: see `LanguageModel.reuse_memory`."""
        for model in self.models:
            model.reuse_memory()

    def zero_state(self, N: int) -> list[States]:
        """The states of all models for N streams that start here."""
        return [model.zero_state(N) for model in self.models]

    def forward(self, x: np.ndarray, state: list[States] | None = None, rng=None) -> tuple[np.ndarray, list[States]]:
        """x integers (T, N) -> logits (T, N, V), state. Dropout is on when a random generator is given."""
        states = [None] * len(self.models) if state is None else state
        logits, last = zip(*[model.forward(x, state, rng) for model, state in zip(self.models, states)])
        return log_mean(logits), list(last)

    def loss(
        self, x: np.ndarray, y: np.ndarray, state: list[States] | None = None, rng=None, total: int = 1
    ) -> tuple[float, int, list[States]]:
        """x, y integers (T, N) -> (sum of the losses in nats / total, number of right predictions, state)."""
        logits, last = self.forward(x, state, rng)
        loss, correct, _ = softmax_cross_entropy(logits, self.targets(x, y), total)
        return loss, correct, last

    def stepper(self, x: np.ndarray, state: list[States]) -> tuple[np.ndarray, Step]:
        """`forward` one step at a time, for weights that do not change: see `LanguageModel.stepper`."""
        parts, steps = zip(*[model.stepper(x, part) for model, part in zip(self.models, state)])
        logits = np.empty_like(parts[0])
        return logits, in_turn([*steps, lambda: np.copyto(logits, log_mean(parts))])


class ClozeEnsemble(Ensemble):
    """An ensemble of bidirectional models. A context is that of each model, side by side: (N, sum of all H)."""

    models: list[ClozeModel]

    def left(self, x: np.ndarray, state: list[States]) -> tuple[np.ndarray, list[States]]:
        """`ClozeModel.left`."""
        h, last = zip(*[model.left(x, part) for model, part in zip(self.models, state)])
        return np.concatenate(h, axis=1), list(last)

    def left_stepper(self, x: np.ndarray, state: list[States]) -> tuple[np.ndarray, Step]:
        """`ClozeModel.left_stepper`."""
        parts, steps = zip(*[model.left_stepper(x, part) for model, part in zip(self.models, state)])
        h = np.concatenate(parts, axis=1)
        return h, in_turn([*steps, lambda: np.concatenate(parts, axis=1, out=h)])

    def right(self, x: np.ndarray) -> np.ndarray:
        """`ClozeModel.right`."""
        return np.concatenate([model.right(x) for model in self.models], axis=2)

    def between(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """`ClozeModel.between`."""
        ends = np.cumsum([model.config["hidden"] for model in self.models])[:-1]
        contexts = zip(self.models, np.split(left, ends, axis=1), np.split(right, ends, axis=1))
        return log_mean([model.between(*context) for model, *context in contexts])


def together(models: list[LanguageModel]) -> LanguageModel | Ensemble:
    """One model as it is, several as an ensemble that has the methods of their kind."""
    if len(models) == 1:
        return models[0]
    return (ClozeEnsemble if models[0].directions > 1 else Ensemble)(models)


def log_mean(logits: list[np.ndarray]) -> np.ndarray:
    """The logits (..., V) of several models -> the logarithms of the mean of their probabilities (..., V)."""
    total = np.logaddexp.reduce([log_softmax(z) for z in logits])  # (1)
    total -= math.log(len(logits))  # (2)
    return total


def log_softmax(z: np.ndarray) -> np.ndarray:
    """log softmax(z) over the last axis."""
    z = z - z.max(axis=-1, keepdims=True)
    z -= np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return z
