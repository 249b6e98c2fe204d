"""The table of diagnoses of a model whose cell is right by itself. The first row that applies is said."""

import numpy as np

from . import fits
from .model_facts import ModelFacts
from .rules import Rule, Words, listed

# Where each setting is computed.
FILES = {
    "layers": "the dx of a cell, which only lower layers need, and nn/stack.py",
    "embed": "nn/embedding.py, and dx of the cell",
    "tie_weights": "nn/output.py and nn/embedding.py: a tied matrix gets the sum of two gradients",
    "projection": "nn/projection.py",
    "skip": "nn/stack.py: every layer gets the gradient of the sum",
    "dropout": "nn/dropout.py: the mask that multiplies in the forward pass must multiply the gradient too",
    "input_dropout": "nn/dropout.py: the mask that multiplies in the forward pass must multiply the gradient too",
    "embedding_dropout": "nn/embedding.py: the mask of the rows must multiply their gradient too",
    "weight_drop": "nn/weight_drop.py: the mask must multiply the gradient of Wh too",
    "activation_reg": "nn/penalty.py",
    "temporal_reg": "nn/penalty.py",
}


def gradients(names) -> str:
    """ "the gradients of a and b"."""
    names = list(names)
    return f"the gradient{'s' if len(names) > 1 else ''} of {listed(names)}"


def reaches(what: str):
    return lambda f: {} if f.forward_wrong and what in f.reach else None


def without(f: ModelFacts) -> Words:
    if not f.right_without:
        return None
    names = [f"--{key.replace('_', '-')}" for key in f.right_without]
    return {"names": listed(names), "file": FILES[f.right_without[0]]}


def some_steps(f: ModelFacts) -> Words:
    got, expected = f.from_loss
    zero = [t for t in range(len(got)) if not got[t].any()]
    rest = [t for t in range(len(got)) if t not in zero]
    if not zero or not rest or not fits.close(got[rest], expected[rest]):
        return None
    return {"steps": listed(map(str, rest)), "T": str(len(got))}


def scaled(f: ModelFacts) -> Words:
    got, expected = f.from_loss
    c = fits.factor(got, expected)
    T, N = got.shape[:2]
    said = c and fits.named(c, {"T": T, "N": N, "V": f.config["V"]})
    return {"said": said} if said else None


def loss_gradient_wrong(f: ModelFacts) -> Words:
    got, expected = f.from_loss
    return None if fits.close(got, expected) else {}


def repeated(f: ModelFacts) -> Words:
    names = [name for name, (got, _) in f.wrong.items() if len(got) == f.config["V"] and got.ndim == 2]
    if not names or len(names) != len(f.wrong):
        return None
    for name in names:
        got, expected = f.wrong[name]
        close = f.check.tolerance * np.abs(expected).max()
        rows = {k for k in range(len(got)) if np.abs(got[k] - expected[k]).max() > close}
        if not rows or not rows <= f.repeated:
            return None
    return {"names": gradients(names)}


def one_hot(f: ModelFacts) -> Words:
    return {} if f.right_with_embedding else None


def all_scaled(f: ModelFacts) -> Words:
    factors = [fits.factor(got, expected) for got, expected in f.wrong.values()]
    if not factors or None in factors or np.ptp(factors) > fits.FIT * abs(factors[0]):
        return None
    said = fits.named(factors[0], f.sizes)
    return {"said": said, "names": gradients(f.wrong)} if said else None


def only_forward(f: ModelFacts) -> Words:
    return None if f.wrong or not f.forward_wrong else {}


def forward_differs(f: ModelFacts) -> Words:
    return {} if f.forward_wrong else None


def what_holds(f: ModelFacts) -> Words:
    names = listed(f.wrong or f.check.wrong)
    return {"names": names, "right": listed(f.right) if f.right else "none"}


MODEL = (
    Rule(
        "a prediction changes with a symbol of another row of the batch",
        "a prediction depends on another sequence of the batch: a wrong axis, [:, ::-1] for [::-1]?",
        "the places of the model where arrays are reversed or summed",
        reaches("rows"),
    ),
    Rule(
        "a cloze prediction changes with the symbol that it predicts",
        "a prediction depends on the symbol that it predicts: a stack that should read backwards reads forwards?",
        "[::-1] before and after the backward stack in nn/cloze_model.py",
        reaches("itself"),
    ),
    Rule(
        "a prediction of the next symbol changes with a later one",
        "a prediction depends on symbols that come later",
        "shifts and reversals in the model",
        reaches("later"),
    ),
    Rule(
        "right without an option, wrong with it",
        "right without {names}, wrong with it",
        "{file}",
        without,
    ),
    Rule(
        "the gradient of h by the loss is right at some steps and zero at the others",
        "the loss is over all {T} steps, but only that of step {steps} has a gradient",
        "what is passed to backward: [-1] or [:-1] where all steps belong",
        some_steps,
    ),
    Rule(
        "the gradient of h by the loss is the right one times a factor",
        "the gradient that comes from the loss is {said}: a sum where the loss is a mean, or the other way round",
        "the backward pass of the softmax, nn/output.py",
        scaled,
    ),
    Rule(
        "the gradient of h by the loss is not (softmax - one-hot) / (T N) times W^T",
        "the gradient that comes from the loss is not (softmax - one-hot) / (T N) times W^T",
        "the backward pass of the softmax, nn/output.py",
        loss_gradient_wrong,
    ),
    Rule(
        "only rows of symbols that occur more than once are wrong",
        "{names}: only rows of symbols that occur more than once are wrong: does the last one overwrite the others?",
        "where rows are added by symbol: += in a loop, or numpy.add.at",
        repeated,
    ),
    Rule(
        "wrong for one-hot symbols, right with an embedding",
        "right where the cell reads vectors, wrong where it reads symbols",
        "how the cell treats integers x (T, N)",
        one_hot,
    ),
    Rule(
        "all wrong arrays are the right ones times one factor",
        "{names}: {said}",
        "where the model puts these gradients together",
        all_scaled,
    ),
    Rule(
        "all gradients are right, the loss is not",
        "the loss is wrong, all gradients are right: a constant is added to it, or it is divided by something else",
        "loss_and_gradient",
        only_forward,
    ),
    Rule(
        "the loss differs from the naive one",
        "the forward pass of the model differs from the reference, though the cell is right",
        "how the model puts its parts together",
        forward_differs,
    ),
    Rule(
        "wrong, and no row above applies",
        "the cell is right by itself; in the model wrong: {names}; right: {right}",
        "what the model adds to the cell",
        what_holds,
    ),
)  # fmt: skip
