"""Layer normalisation and dropout: the reference is the complex step of the forward pass."""

from ..gradcheck.reference import layer_norm
from .task import Slip, Task, namespace, normal
from .tasks_cells import gradients


def layer_norm_case(rng, sizes):
    values = {"v": normal(rng, sizes, "N H"), "scale": normal(rng, sizes, "H"), "shift": normal(rng, sizes, "H")}
    dy = normal(rng, sizes, "N H")
    _, v_hat, s = namespace("layer_norm")["forward"](**values)
    return (dy, v_hat, s, values["scale"]), gradients(lambda v: (dy * layer_norm(**v)).sum(axis=(-2, -1)), values)


LAYER_NORM = Task(
    "layer_norm", "backward", {"dv": "N H", "dscale": "H", "dshift": "H"}, layer_norm_case,
    (
        "v_hat has mean 0 and variance 1 whatever v is. So dv must have no part that only moves the mean or the "
        "variance of a row: subtract both parts from dv_hat. Means go over a row: axis=1, keepdims=True.",
        "dv = s (dv_hat - A - v_hat B), where A and B are means over the row: of dv_hat, and of dv_hat v_hat.",
    ),
    (
        Slip("dv = s * (dv_hat - mean - v_hat * mean_v_hat)", "dv = s * dv_hat",
             "Each v also moves the mean and the variance of its row. Both ways back are missing.",
             "Layer normalisation without its means"),
        Slip("dv_hat - mean - v_hat", "dv_hat - v_hat",
             "The way through the mean is missing: subtract the mean of dv_hat over the row."),
        Slip(" - v_hat * mean_v_hat", "",
             "The way through the variance is missing: its part is v_hat times the mean of dv_hat v_hat over the row."),
        Slip(" - v_hat * mean_v_hat", " - mean_v_hat",
             "The part of the variance is not the same for all v of a row: it is proportional to v_hat."),
        Slip("dv = s * (", "dv = (",
             "The factor s is missing: v_hat = (v - mean) s."),
        Slip("dv = s * (", "dv = scale * s * (",
             "scale counts twice: it is in dv_hat already."),
        Slip("(dv_hat - mean - v_hat", "(dv_hat + mean - v_hat",
             "The mean of dv_hat is subtracted, not added."),
        Slip("- mean - v_hat *", "- mean + v_hat *",
             "The part of the variance is subtracted, not added."),
        Slip("dv_hat.mean(axis=1, keepdims=True)", "dv_hat.sum(axis=1, keepdims=True)",
             "It is the mean of dv_hat over the row, not the sum."),
        Slip("(dv_hat * v_hat).mean(", "(dv_hat * v_hat).sum(",
             "It is the mean of dv_hat v_hat over the row, not the sum."),
        Slip("mean = dv_hat.mean(axis=1,", "mean = dv_hat.mean(axis=0,",
             "The mean goes over a row of H numbers: axis=1. The rows of a batch do not know of each other."),
        Slip("mean = dv_hat.mean(axis=1, keepdims=True)\n"
             "    mean_v_hat = (dv_hat * v_hat).mean(axis=1, keepdims=True)",
             "mean = dv_hat.mean()\n"
             "    mean_v_hat = (dv_hat * v_hat).mean()",
             "Each row has its own two means: .mean(axis=1, keepdims=True). Yours go over the whole batch."),
        Slip("dv_hat = dy * scale", "dv_hat = dy",
             "Use dv_hat, which is dy times scale, not dy."),
    ),
)  # fmt: skip


def dropout_case(rng, sizes):
    h, dv, p = normal(rng, sizes, "T N H"), normal(rng, sizes, "T N H"), rng.uniform(0.2, 0.6)
    _, keep = namespace("dropout")["forward"](h, p, rng)
    return (dv, keep, p), gradients(lambda v: (v["h"] * (keep / (1 - p)) * dv).sum(axis=(-3, -2, -1)), {"h": h})


DROPOUT = Task(
    "dropout", "backward", {"dh": "T N H"}, dropout_case,
    (
        "If h grows by 1, by how much does v grow?",
        "v = h times a constant (for each element its own). The slope is this constant.",
    ),
    (
        Slip("dv * keep / (1 - p)", "dv",
             "What was dropped had no effect, so its gradient is zero. You need keep on the way back too. What was "
             "kept has been scaled.", "Dropout in one direction"),
        Slip("dv * keep / (1 - p)", "dv * keep",
             "The factor 1 / (1 - p) of (2) is missing."),
        Slip("dv * keep / (1 - p)", "dv / (1 - p)",
             "What was dropped had no effect: its gradient is zero. Use keep."),
        Slip("dv * keep / (1 - p)", "dv * keep * (1 - p)",
             "The way back does not undo the factor: it multiplies by the same 1 / (1 - p)."),
        Slip("dv * keep / (1 - p)", "dv * keep / p",
             "The factor is 1 / (1 - p), as in (2), not 1 / p."),
        Slip("dv * keep / (1 - p)", "dv * (1 - keep) / (1 - p)",
             "keep is 1 where an element was kept. You have it the other way round."),
    ),
)  # fmt: skip
