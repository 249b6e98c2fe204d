"""Updates and batches: the reference is the solution, which tests compare with what the project trains with."""

from collections.abc import Callable

import numpy as np

from .task import Slip, Task, namespace, normal


def by_solution(task_of: Callable[[], Task], arguments: Callable) -> Callable:
    """A `case` whose expected results are those of the solution; `arguments` is (rng, sizes) -> arguments."""

    def case(rng: np.random.Generator, sizes: dict[str, int]) -> tuple[tuple, tuple]:
        task, given = task_of(), arguments(rng, sizes)
        expected = task.call(namespace(task.source)[task.function], *given)
        return given, tuple(expected) if isinstance(expected, tuple | list) else (expected,)

    return case


def adam_steps(step: Callable, w: np.ndarray, gradients: np.ndarray, *settings: float) -> tuple:
    """w, m and v after a step with each of the gradients."""
    m, v = np.zeros(w.shape), np.zeros(w.shape)
    for t, g in enumerate(gradients, 1):
        w, m, v = step(w, g, m, v, t, *settings)
    return w, m, v


ADAM = Task(
    "adam", "step", {"w": "", "m": "", "v": ""},
    by_solution(lambda: ADAM, lambda rng, s: (
        normal(rng, s, "H"), normal(rng, s, "T H"), 0.02 * s["N"], 0.8, 0.97, 1e-3)),
    (
        "Write equations (3) and (4) as they stand. ^t is a power, in Python **t.",
        "m_hat = m / (1 - beta1**t). eps stands beside the root, not inside.",
    ),
    (
        Slip("m_hat = m / (1 - beta1**t)\n"
             "    v_hat = v / (1 - beta2**t)",
             "m_hat = m\n"
             "    v_hat = v",
             "m and v begin at zero, and are too small at first. The corrections of (3) are missing.",
             "Adam without its corrections"),
        Slip("m_hat = m / (1 - beta1**t)", "m_hat = m",
             "The correction of m is missing."),
        Slip("v_hat = v / (1 - beta2**t)", "v_hat = v",
             "The correction of v is missing."),
        Slip("m / (1 - beta1**t)\n"
             "    v_hat = v / (1 - beta2**t)",
             "m / (1 - beta1 * t)\n"
             "    v_hat = v / (1 - beta2 * t)",
             "^t is a power: beta1**t. You multiply by t."),
        Slip("m / (1 - beta1**t)\n"
             "    v_hat = v / (1 - beta2**t)",
             "m / (1 - beta1)\n"
             "    v_hat = v / (1 - beta2)",
             "The power t is missing: it is right at the first step only."),
        Slip("v / (1 - beta2**t)", "v / (1 - beta1**t)",
             "v is corrected with beta2, not with beta1."),
        Slip("m_hat / (np.sqrt(v_hat) + eps)", "m_hat / np.sqrt(v_hat + eps)",
             "eps stands beside the root, not inside."),
        Slip("m_hat / (np.sqrt(v_hat) + eps)", "m_hat / (v_hat + eps)",
             "The root is missing: sqrt(v_hat)."),
        Slip("m_hat / (np.sqrt(v_hat) + eps)", "g / (np.sqrt(v_hat) + eps)",
             "The step follows m_hat, the mean, not the last gradient g."),
        Slip("m_hat / (np.sqrt(v_hat) + eps)", "m_hat / np.sqrt(v_hat) + eps",
             "eps belongs into the denominator: brackets."),
        Slip("w = w - lr", "w = w + lr",
             "A step goes against the gradient: minus."),
        Slip("m = beta1 * m + (1 - beta1) * g\n"
             "    v = beta2 * v + (1 - beta2) * g**2\n"
             "    m_hat = m / (1 - beta1**t)\n"
             "    v_hat = v / (1 - beta2**t)",
             "m = beta2 * m + (1 - beta2) * g\n"
             "    v = beta1 * v + (1 - beta1) * g**2\n"
             "    m_hat = m / (1 - beta2**t)\n"
             "    v_hat = v / (1 - beta1**t)",
             "beta1 and beta2 are swapped: beta1 belongs to m, beta2 to v.", "The betas are swapped"),
    ),
    call=adam_steps,
)  # fmt: skip


def clip_arguments(rng, sizes):
    """Three arrays; the limit is below their norm, or above it if T is even."""
    grads = [normal(rng, sizes, axes) for axes in ("D H", "H", "H D")]
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    return grads, norm * (0.3 if sizes["T"] % 2 else 2.5)


CLIP = Task(
    "clip", "clip", {"grads[0]": "D H", "grads[1]": "H", "grads[2]": "H D"},
    by_solution(lambda: CLIP, clip_arguments),
    (
        "The norm is one number for all arrays together. The factor is the same for all arrays, and never above 1.",
        "Add up (g**2).sum() of all arrays, and take the root at the end. min(1, ...) keeps the factor at 1 or below.",
    ),
    (
        Slip("    norm = np.sqrt(sum((g**2).sum() for g in grads))\n"
             "    factor = min(1, limit / norm)\n"
             "    return [g * factor for g in grads]",
             "    return [g * min(1, limit / np.linalg.norm(g)) for g in grads]",
             "Each array is clipped by its own norm. That changes the direction. Use the norm of all arrays together.",
             "Clipped one by one"),
        Slip("np.sqrt(sum((g**2).sum() for g in grads))", "sum((g**2).sum() for g in grads)",
             "The root is missing in norm."),
        Slip("np.sqrt(sum((g**2).sum() for g in grads))", "sum(np.sqrt((g**2).sum()) for g in grads)",
             "The norm of all is not the sum of the norms: add up the squares, then take one root."),
        Slip("np.sqrt(sum((g**2).sum() for g in grads))", "max(np.sqrt((g**2).sum()) for g in grads)",
             "The norm of all is not the largest of the norms: add up the squares, then take one root."),
        Slip("np.sqrt(sum((g**2).sum() for g in grads))", "np.sqrt(sum((g**2).mean() for g in grads))",
             "The norm has the sum of the squares, not their mean."),
        Slip("np.sqrt(sum((g**2).sum() for g in grads))", "sum(abs(g).sum() for g in grads)",
             "The norm is the root of the sum of squares, not the sum of the absolute values."),
        Slip("factor = min(1, limit / norm)", "factor = limit / norm",
             "A gradient that is short enough must stay as it is: you make it longer."),
        Slip("factor = min(1, limit / norm)", "factor = max(1, limit / norm)",
             "max is the wrong way round: a long gradient must become shorter."),
        Slip("factor = min(1, limit / norm)", "factor = min(1, norm / limit)",
             "The fraction is upside down."),
        Slip("factor = min(1, limit / norm)", "factor = min(1, 1 / norm)",
             "After clipping, the norm must be limit, not 1."),
        Slip("return [g * factor for g in grads]", "return [np.clip(g, -limit, limit) for g in grads]",
             "You cut each number by itself. That is clipping by value, and it changes the direction."),
    ),
)  # fmt: skip
