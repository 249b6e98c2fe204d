"""Where symbols go in and come out: the reference is the complex step of the forward pass, in one expression each."""

import numpy as np

from .task import Slip, Task, namespace, normal
from .tasks_cells import gradients


def log_softmax(logits: np.ndarray) -> np.ndarray:
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def symbols(rng: np.random.Generator, sizes: dict[str, int]) -> np.ndarray:
    """Symbol ids (T, N), of which some occur several times and the last one never."""
    return rng.integers(0, min(5, sizes["V"] - 1), (sizes["T"], sizes["N"]))


def softmax_case(rng, sizes):
    logits = {"logits": normal(rng, sizes, "T N V")}
    y = symbols(rng, sizes)
    share = np.eye(sizes["V"])[y] / y.size

    def loss(v):
        return -(log_softmax(v["logits"]) * share).sum(axis=(-3, -2, -1))

    return (logits["logits"], y), (loss(logits), *gradients(loss, logits))


SOFTMAX = Task(
    "softmax", "loss_and_gradient", {"loss": "", "dlogits": "T N V"}, softmax_case,
    (
        "First take one prediction: loss = -logits[y] + log(sum(exp(logits))). What is the slope of each of the two "
        "terms?",
        "The slope of the second term is p, and that of the first is -1 at the true symbol and 0 elsewhere. Then "
        "think of the mean over T N predictions.",
    ),
    (
        Slip("(p - onehot) / (T * N)", "(p - onehot)",
             "The loss is a mean over T N predictions. So the gradient has the factor 1 / (T N).",
             "A sum where the mean was meant"),
        Slip("(p - onehot) / (T * N)", "(p - onehot) / N",
             "The mean goes over time steps and sequences: T N, not only N."),
        Slip("(p - onehot) / (T * N)", "(p - onehot) / T",
             "The mean goes over time steps and sequences: T N, not only T."),
        Slip("(p - onehot) / (T * N)", "(p - onehot) / V",
             "The mean goes over the T N predictions, not over the V symbols."),
        Slip("(p - onehot) / (T * N)", "(p - onehot) / logits.size",
             "The mean goes over the T N predictions, not over all T N V numbers. Say what you divide by, and why."),
        Slip("(p - onehot)", "(onehot - p)",
             "The sign is turned. A larger logit of a wrong symbol makes the loss larger."),
        Slip("(p - onehot)", "p",
             "The true symbol is missing: its own logit makes the loss smaller."),
        Slip("(p - onehot)", "(p * (1 - p))",
             "p (1 - p) is the slope of p. You need the slope of the loss."),
        Slip("(p - onehot)", "(-onehot / p)",
             "That is the gradient of p. Go on, back through the softmax, to the logits."),
        Slip("(p - onehot)", "(logits - onehot)",
             "Use the probabilities p, not the logits."),
        Slip("dlogits = (p - onehot) / (T * N)\n",
             "dlogits = (p - onehot) / (T * N)\n"
             "    dlogits[:-1] = 0\n",
             "Only the last step has a gradient, but the loss is the mean over all steps.",
             "Only the last step teaches"),
    ),
)  # fmt: skip


def embedding_case(rng, sizes):
    E, x, dv = normal(rng, sizes, "V D"), symbols(rng, sizes), normal(rng, sizes, "T N D")
    return (dv, x, sizes["V"]), gradients(lambda v: (v["E"][..., x, :] * dv).sum(axis=(-3, -2, -1)), {"E": E})


EMBEDDING = Task(
    "embedding", "backward", {"dE": "V D"}, embedding_case,
    (
        "Which rows of E does v[t, n] depend on? What if two places have the same symbol?",
        "Row k of dE is the sum of dv[t, n] over all places with x[t, n] = k. Two loops can do it; so can np.add.at.",
    ),
    (
        Slip("np.add.at(dE, x, dv)", "dE[x] = dv",
             "A symbol that occurs several times must get the sum of its gradients. dE[x] = dv keeps only the last "
             "one, and so does dE[x] += dv.", "The last one wins"),
        Slip("np.add.at(dE, x, dv)",
             "np.add.at(dE, x, dv)\n"
             "    dE /= np.maximum(1, np.bincount(x.ravel(), minlength=V))[:, None]",
             "You take the mean over the places of a symbol. Uses of the same row are added up."),
        Slip("np.add.at(dE, x, dv)", "np.add.at(dE, x, dv / x.size)",
             "There is no factor 1 / (T N) here. It is in dv, where the loss was divided."),
        Slip("np.add.at(dE, x, dv)", "np.add.at(dE, x[-1], dv[-1])",
             "Only the last time step is counted."),
        Slip("np.add.at(dE, x, dv)", "np.add.at(dE, x[:, 0], dv[:, 0])",
             "Only the first sequence is counted."),
    ),
)  # fmt: skip


def tied_case(rng, sizes):
    values = {"E": normal(rng, sizes, "V D"), "b": normal(rng, sizes, "V")}
    x, dlogits = symbols(rng, sizes), normal(rng, sizes, "T N V")

    def loss(v):
        h = np.tanh(v["E"][..., x, :])
        logits = h @ v["E"].swapaxes(-1, -2)[..., None, :, :] + v["b"][..., None, None, :]
        return (logits * dlogits).sum(axis=(-3, -2, -1))

    _, h = namespace("tied")["forward"](x, **values)
    return (dlogits, x, h, values["E"]), gradients(loss, values)


TIED = Task(
    "tied", "backward", {"dE": "V D", "db": "V"}, tied_case,
    (
        "E is used in two places: as the rows of the input in (1), and as the output layer in (3). Each use gives a "
        "part.",
        "From (3): dlogits^T h, summed over all steps and sequences (a reshape to two axes helps). From (1): dv is "
        "added to the rows x.",
    ),
    (
        Slip("    np.add.at(dE, x, dv)\n",
             "",
             "E is also used as the embedding of the input (1). That part is missing."),
        Slip("dE = dlogits.reshape(-1, V).T @ h.reshape(-1, D)", "dE = np.zeros((V, D))",
             "E is also used in the output layer (3). That part is missing."),
        Slip("np.add.at(dE, x, dv)", "dE[x] += dv",
             "The part of (3) is right. In (1) a symbol can occur several times, and dE[x] += dv then adds only one "
             "of its gradients."),
        Slip("np.add.at(dE, x, dv)", "dE[x] = dv",
             "In the rows that occur in x, the second part replaces the first. Add them."),
        Slip("np.add.at(dE, x, dv)", "np.add.at(dE, x, dh)",
             "The input part needs dv: the tanh lies between v and h."),
        Slip("h.reshape(-1, D)", "np.arctanh(h).reshape(-1, D)",
             "The output part needs h, which the layer multiplied, not v."),
    ),
)  # fmt: skip
