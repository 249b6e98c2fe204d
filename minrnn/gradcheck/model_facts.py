"""What is right and what is wrong about a whole model whose cell is right by itself."""

from functools import cached_property

import numpy as np

from ..nn.build import build
from ..nn.cloze_model import ClozeModel
from ..nn.config import Regularisers
from .check import Check
from .check_model import check_model

# Settings that can be left out, and what they are then.
PLAIN = {"layers": 1, "embed": 0, "tie_weights": False, "projection": 0, "skip": False, **Regularisers()._asdict()}
OFF = {"dropout_at", "dropout_mask"}  # They mean nothing alone.


class ModelFacts:
    """All facts about one model. Each is computed when it is first asked for."""

    def __init__(self, config: dict, check: Check, T: int, N: int, seed: int = 0):
        self.config, self.check, self.T, self.N, self.seed = config, check, T, N, seed
        self.sizes = {"T": T, "N": N, "H": config["hidden"], "V": config["V"]}

    @property
    def wrong(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """{name: (got, expected)} of the wrong parameters."""
        return {
            name: (self.check.got["parameters"][name], self.check.expected["parameters"][name])
            for name, error in self.check.errors["parameters"].items()
            if not error <= self.check.tolerance
        }

    @property
    def right(self) -> list[str]:
        return [name for name in self.check.errors["parameters"] if name not in self.wrong]

    @property
    def forward_wrong(self) -> bool:
        return self.check.forward is not None and not self.check.forward <= self.check.tolerance

    @cached_property
    def right_without(self) -> list[str]:
        """The settings of the model without which all is right."""
        found = []
        for key, value in PLAIN.items():
            config = {**self.config, key: value}
            if self.config[key] == value or key in OFF:
                continue
            if key == "embed":
                config |= {"tie_weights": False, "projection": 0, "embedding_dropout": 0.0}
            if key in ("projection", "skip", "layers") and config["tie_weights"]:
                continue  # another width of the output
            if not check_model(config, self.T, self.N, self.seed).wrong:
                found.append(key)
        return found

    @cached_property
    def right_with_embedding(self) -> bool:
        """Whether a model that reads one-hot symbols is right with vectors in their place."""
        return (
            not self.config["embed"] and not check_model({**self.config, "embed": 3}, self.T, self.N, self.seed).wrong
        )

    @cached_property
    def plain(self):
        """A model with random weights and without regularisers, and x and y, integers (T, N)."""
        rng = np.random.default_rng(self.seed)
        model = build({**self.config, **Regularisers()._asdict()}, rng, np.float64)
        return model, *rng.integers(0, self.config["V"], (2, max(self.T, 3), max(self.N, 2)))

    def reached(self, t: int, n: int) -> np.ndarray:
        """Which predictions change with the symbol x[t, n]: (T, N)."""
        model, x, _ = self.plain
        other = x.copy()
        other[t, n] = (x[t, n] + 1) % self.config["V"]
        before = model.forward(x)[0].copy()
        return np.abs(model.forward(other)[0] - before).max(axis=2) > 1e-12

    @cached_property
    def reach(self) -> set[str]:
        """What predictions depend on and must not: "rows", "itself", "later"."""
        T = len(self.plain[1])
        found = set()
        for t in range(T):
            reached = self.reached(t, 0)
            found |= {"rows"} if reached[:, 1:].any() else set()
            if isinstance(self.plain[0], ClozeModel):
                found |= {"itself"} if reached[t, 0] else set()
            elif reached[:t, 0].any():
                found.add("later")
        return found

    @cached_property
    def from_loss(self) -> tuple[np.ndarray, np.ndarray]:
        """The gradient of h that the model goes back from, (T, N, H), and what it should be.

        It is (softmax - one-hot) / (T N), times the transpose of the output matrix, and of a projection.
        """
        model, x, y = self.plain
        logits, given = model.forward(x)[0].copy(), []
        model.contexts_backward = lambda dh, *rest: given.append(dh.copy())
        model.loss_and_gradient(x, y, None, np.random.default_rng(0), x.size)
        p = np.exp(logits - logits.max(axis=2, keepdims=True))
        dlogits = p / p.sum(axis=2, keepdims=True) - np.eye(self.config["V"])[model.targets(x, y)]
        expected = dlogits / x.size @ model.output.matrix("params").T
        return given[0], expected @ model.projection.params["P"].T if model.projection else expected

    @property
    def repeated(self) -> set[int]:
        """The symbols that occur more than once in the batch of the check."""
        symbols, counts = np.unique(self.check.symbols, return_counts=True)
        return {int(symbol) for symbol, count in zip(symbols, counts) if count > 1}
