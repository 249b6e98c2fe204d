"""What can be said about a wrong result that fits no known mistake: where it is wrong, and by which factor."""

import numpy as np

from ..gradcheck.reference import relative_error
from .task import Task

TOLERANCE = 1e-9
Results = dict[str, np.ndarray]
DETAILS = 2  # How many wrong results are described.


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two results are equal but for rounding."""
    if a.shape != b.shape:
        return False
    odd = ~np.isfinite(a)
    if odd.any():
        return np.array_equal(odd, ~np.isfinite(b)) and same(a[~odd], b[~odd])
    return a.size == 0 or bool(relative_error(a, b) <= TOLERANCE)


def wrong_names(got: Results, expected: Results) -> list[str]:
    return [name for name, v in expected.items() if not same(got[name], v)]


def summary(cases: list[tuple[dict, Results, Results]]) -> str:
    """One line: which results are wrong in any of the cases, [(sizes, got, expected), ...]."""
    wrong = {name for _, got, expected in cases for name in wrong_names(got, expected)}
    names = list(cases[0][2])
    lists = {"wrong": [name for name in names if name in wrong], "right": [name for name in names if name not in wrong]}
    return "; ".join(f"{what}: {', '.join(found)}" for what, found in lists.items() if found)


def facts(task: Task, cases: list[tuple[dict, Results, Results]]) -> list[str]:
    """Lines about the first wrong results that tell something."""
    first = next(case for case in cases if wrong_names(*case[1:]))
    lines = [f"  {name}: {told}" for name in wrong_names(*first[1:]) if (told := detail(task, name, cases))]
    if first is not cases[0]:
        right, wrong = in_words(cases[0][0]), in_words(first[0])
        lines.insert(0, f"  right for {right}, wrong for {wrong}: is a size written as a number?")
    return lines[:DETAILS]


def in_words(sizes: dict[str, int]) -> str:
    return ", ".join(f"{letter} = {n}" for letter, n in sizes.items())


def detail(task: Task, name: str, cases: list[tuple[dict, Results, Results]]) -> str:
    """What is special about one wrong result; "" if nothing is."""
    _, got, expected = next(case for case in cases if not same(case[1][name], case[2][name]))
    v, w = got[name], expected[name]
    if not np.isfinite(v).all():
        return "has NaN or infinite numbers"
    if not v.any():
        return "is all zeros"
    if factor := common_factor(name, cases):
        return factor
    if v.ndim == 2 and v.shape == v.T.shape and same(v, w.T):
        return "is transposed"
    axes = task.outputs[name].split()
    if axes and axes[0].endswith("T"):
        right = [t for t in range(len(w)) if same(v[t], w[t])]
        last = " (the last step)" if right == [len(w) - 1] else ""
        return f"right at t = {', '.join(map(str, right))}{last}, wrong at the other steps" if right else ""
    return by_gate(task, v, w, axes)


def by_gate(task: Task, v: np.ndarray, w: np.ndarray, axes: list[str]) -> str:
    """Which blocks of columns are wrong, if some are and some are not."""
    gates = task.gates.split()
    if not gates or axes[-1:] != [f"{len(gates)}H"]:
        return ""
    blocks = zip(gates, np.split(v, len(gates), axis=-1), np.split(w, len(gates), axis=-1))
    right = [gate for gate, a, b in blocks if same(a, b)]
    wrong = [gate for gate in gates if gate not in right]
    return f"the columns of {', '.join(wrong)} are wrong, those of {', '.join(right)} are right" if right else ""


def largest_difference(got: Results, expected: Results) -> str:
    """One number of the first wrong result, where nothing better can be said."""
    name = wrong_names(got, expected)[0]
    v, w = got[name], expected[name]
    place = np.unravel_index(np.nanargmax(np.abs(v - w)), v.shape)
    where = f"[{', '.join(map(str, place))}]" if v.ndim else ""
    return f"  {name}{where} is {v[place]:.6g}, expected {w[place]:.6g}"


def after_one_step(task: Task, case: tuple[dict, Results, Results]) -> str:
    """What a case with one time step tells about a wrong backward pass."""
    if not wrong_names(*case[1:]):
        return (
            "  with one time step (T = 1) all is right: look at what step t passes on to step t-1, and at how the "
            "steps are added up (+=)"
        )
    told = [f"  with one time step (T = 1), in {line.strip()}" for line in facts(task, [case]) if "columns" in line]
    return told[0] if told else f"  with one time step (T = 1) already {summary([case])}"


def common_factor(name: str, cases: list[tuple[dict, Results, Results]]) -> str:
    """What a result is a multiple of the right one by, if this holds in all cases; "" if it does not."""
    factors = []
    for _, got, expected in cases:
        v, w = got[name].astype(float), expected[name].astype(float)
        factor = float((v * w).sum() / (w * w).sum()) if w.any() else 0.0
        if not factor or not same(v, factor * w):
            return ""
        factors.append(factor)
    for words, value in NAMED.items():
        if all(np.isclose(factor, value(**sizes)) for factor, (sizes, _, _) in zip(factors, cases)):
            return f"is {words} the right result"
    return f"is {factors[0]:.6g} times the right result" if np.allclose(factors, factors[0]) else ""


# Factors that have a meaning, of the sizes T, N, D, H and V.
NAMED = {
    "-1 times (the sign is turned)": lambda **s: -1,
    **{f"{a} times": lambda a=a, **s: s[a] for a in "TNDHV"},
    **{f"1 / {a} times": lambda a=a, **s: 1 / s[a] for a in "TNDHV"},
    "T N times": lambda T, N, **s: T * N,
    "1 / (T N) times": lambda T, N, **s: 1 / (T * N),
}
