"""What training needs besides gradients: the steps of the optimisers against their formulas, and the targets."""

from collections.abc import Callable
from functools import cached_property
from inspect import signature

import numpy as np

from data.streams import CARRIES, Streams
from optim import OPTIMIZERS

from . import formulas
from .rules import Rule, Words, first, listed

STEPS, SIZE = 6, 8
# Each with options that show: a mistake in an option that is zero changes nothing.
OPTIMISERS: dict[str, tuple[Callable, dict]] = {
    "sgd": (formulas.sgd, {"momentum": 0.9}),
    "rmsprop": (formulas.rmsprop, {"rho": 0.95, "eps": 1e-3}),
    "adam": (formulas.adam, {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.02}),
    "adagrad": (formulas.adagrad, {"eps": 1e-3}),
}


class Steps:
    """Some steps of an optimiser, by default the one that has this name in OPTIMIZERS, and what they should be."""

    def __init__(self, name: str, kind: type | None = None):
        self.name, (self.formula, self.options) = name, OPTIMISERS[name]
        rng = np.random.default_rng(0)
        self.start = rng.standard_normal(SIZE)
        self.gradients = rng.standard_normal((STEPS, SIZE)) * np.logspace(-2, 1, SIZE)
        self.rates = 0.02 * (1.1 + np.sin(np.arange(STEPS)))
        optimizer, self.got = (kind or OPTIMIZERS[name])(SIZE, **self.options), self.start.copy()
        for g, lr in zip(self.gradients, self.rates):
            optimizer.lr = lr
            optimizer.step(self.got, g.copy())

    @property
    def right(self) -> bool:
        return self.like()

    def like(self, sign: float = 1.0, **changed) -> bool:
        """Whether the steps are those of the formula with these options in place of others."""
        if not changed.keys() <= signature(self.formula).parameters.keys():
            return False
        expected = self.formula(self.start, self.gradients, sign * self.rates, **{**self.options, **changed})
        return bool(np.allclose(self.got, expected, rtol=1e-10, atol=1e-10))


class Targets:
    """The first batches of a text in which every symbol occurs once, and is the number of its place."""

    name = "batches"

    def __init__(self, carry: str):
        self.carry, self.n, N, T = carry, 97, 3, 5
        streams = Streams(np.arange(self.n), N, T, carry)
        self.batches = [streams.batch(step) for step in range(3)]

    @cached_property
    def right(self) -> bool:
        follow = all(np.array_equal(y, (x + 1) % self.n) for x, y in self.batches)
        return follow and not goes_on_elsewhere(self)


def words(f, holds: bool) -> Words:
    return {"name": f.name} if holds else None


def swapped(s: Steps) -> Words:
    o = s.options
    return words(s, "beta1" in o and s.like(beta1=o["beta2"], beta2=o["beta1"]))


def rolled(f: Targets) -> Words:
    return words(f, all(np.array_equal(y, np.roll(x, -1, 0)) for x, y in f.batches))


def shifted(f: Targets) -> Words:
    x, y = (np.concatenate(part) for part in zip(*f.batches))
    shifts = np.unique((y - x) % f.n)
    return {"name": f.name, "k": str(shifts[0])} if len(shifts) == 1 and shifts[0] != 1 else None


def goes_on_elsewhere(f: Targets) -> bool:
    return any(
        not np.array_equal((before[-1] + 1) % f.n, x[0]) for (before, _), (x, _) in zip(f.batches, f.batches[1:])
    )


OPTIMISER = (
    Rule(
        "the steps are those of Adam without its corrections",
        "{name}: the corrections 1 / (1 - beta^t) of the two averages are missing",
        "the power t, and whether steps are counted from 1",
        lambda s: words(s, s.like(corrected=False)),
    ),
    Rule(
        "the steps are those with the two betas swapped",
        "{name}: beta1 and beta2 have changed places",
        "the order of the arguments",
        swapped,
    ),
    Rule(
        "the steps are those of Adam with L2 regularisation",
        "{name}: weight decay goes through the averages, and should stand beside them",
        "where weight_decay is used",
        lambda s: words(s, s.like(coupled=True)),
    ),
    Rule(
        "the steps are those with eps inside the root",
        "{name}: eps stands inside the root",
        "sqrt(v) + eps",
        lambda s: words(s, s.like(eps_inside=True)),
    ),
    Rule(
        "the steps are those without momentum",
        "{name}: momentum is ignored",
        "whether the velocity is kept from step to step",
        lambda s: words(s, s.like(momentum=0.0)),
    ),
    Rule(
        "the steps are those with an average in place of a sum of gradients",
        "{name}: the velocity takes (1 - momentum) g where g belongs",
        "the update of the velocity",
        lambda s: words(s, s.like(dampened=True)),
    ),
    Rule(
        "the steps go the other way", "{name}: steps go up the gradient", "the sign", lambda s: words(s, s.like(-1.0))
    ),
    Rule(
        "other steps than those of the formula",
        "{name}: its steps are not those of its formula",
        "minrnn/gradcheck/formulas.py, beside the optimiser",
        lambda s: words(s, True),
    ),
)

BATCHES = (
    Rule(
        "the last target of each row is the first input of the same row",
        "{name}: the last target of a row is its first input: numpy.roll within the window?",
        "how targets are cut from the text",
        rolled,
    ),
    Rule(
        "all targets stand at one other distance from their inputs",
        "{name}: each target is {k} places after its input, and should be 1 place after it",
        "how targets are cut from the text",
        shifted,
    ),
    Rule(
        "a batch does not begin where the one before it ended",
        "{name}: a row does not go on where it stopped in the batch before",
        "where rows start",
        lambda f: words(f, goes_on_elsewhere(f)),
    ),
    Rule(
        "other targets than the symbols that follow",
        "{name}: targets are not the symbols that follow",
        "how targets are cut",
        lambda f: words(f, True),
    ),
)


def check_parts() -> tuple[str, list[str]]:
    """What was checked, in one line, and a diagnosis for each part that is wrong."""
    lines = []
    for rules, parts in ((OPTIMISER, map(Steps, OPTIMISERS)), (BATCHES, map(Targets, CARRIES))):
        lines += [first(rules, part) for part in parts if not part.right]
    return f"steps of {listed(OPTIMISERS)} by their formulas, targets of batches", list(dict.fromkeys(lines))
