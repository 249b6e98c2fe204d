"""Diagnoses of what is right in one step of one row: from more steps, more rows, a second call."""

import numpy as np

from . import fits
from .cell_facts import CellFacts
from .rules import Rule, Words, listed


def shares(f: CellFacts) -> dict[int, list]:
    """{lag: [(got, expected, close), ...]} of dx[s] from h[t], by t - s."""
    found: dict[int, list] = {}
    for part in f.steps:
        if part.name == "x" and part.source.startswith("h["):
            t = int(part.source[2:-1])
            for s in range(part.got.shape[1]):
                found.setdefault(t - s, []).append((part.got[:, s], part.expected[:, s], part.close))
    return found


def wrong_way(f: CellFacts) -> Words:
    early = [got for lag, some in shares(f).items() for got, expected, close in some
             if lag < 0 and np.abs(got).max() > close and not np.abs(expected).max() > close]  # fmt: skip
    return {} if early else None


def by_lag(f: CellFacts) -> Words:
    """Right for the loss of its own step, wrong for that of later ones."""
    ok = {
        lag: all(np.abs(got - expected).max() <= close for got, expected, close in some)
        for lag, some in shares(f).items()
    }
    if not ok.get(0) or all(ok.values()):
        return None
    later = [got for lag, some in shares(f).items() for got, _, _ in some if lag > 0]
    if not any(got.any() for got in later):
        return {"what": "nothing comes back from step t+1"}
    doubled = fits.factor(
        np.concatenate([g.ravel() for lag, some in shares(f).items() for g, _, _ in some if lag == 1]),
        np.concatenate([e.ravel() for lag, some in shares(f).items() for _, e, _ in some if lag == 1]),
    )
    said = doubled and fits.named(doubled, {})
    if said:
        return {"what": f"what comes back from step t+1 is {said}"}
    return {"what": "the gradient that comes from step t+1 is dropped in part or counted twice"}


def not_summed(f: CellFacts) -> Words:
    wrong = [part for part in f.steps if not part.right]
    if not wrong or any(part.group != "parameters" for part in wrong):
        return None
    return {"names": listed(f.said(part.group, part.name) for part in wrong)}


def after_the_loop(f: CellFacts) -> Words:
    wrong = [part for part in f.steps if not part.right]
    if not wrong or any(part.group != "states" for part in wrong):
        return None
    return {"states": listed(f.state(part.name) for part in wrong)}


def wrong_at_some_steps(f: CellFacts) -> Words:
    wrong = [part for part in f.steps if not part.right]
    if not wrong:
        return None
    at = {s for p in wrong if p.name == "x" for s in range(p.got.shape[1])
          if np.abs(p.got[:, s] - p.expected[:, s]).max() > p.close}  # fmt: skip
    steps = f"; dx is wrong at t = {listed(map(str, sorted(at)))}" if at else ""
    return {"names": listed(f.said(part.group, part.name) for part in wrong), "steps": steps}


def rows(f: CellFacts) -> Words:
    return {"names": listed(f.rows_wrong)} if f.rows_wrong else None


def second_call(f: CellFacts) -> Words:
    return None if f.first_call.wrong else {}


def what_holds(f: CellFacts) -> Words:
    right = f"; right: {listed(f.right)}" if f.right else "; no array is right"
    return {"names": listed(f.wrong), "right": right}


SOME_STEPS = (
    Rule(
        "right at T = 1; at T = 3 inputs get a gradient from losses of earlier steps",
        "right at T = 1, wrong at T = 3: x[t] gets a gradient from losses before t: backward loops forwards?",
        "reversed(range(T))",
        wrong_way,
    ),
    Rule(
        "right at T = 1; at T = 3 dx[t] is right for the loss of step t and wrong for later ones",
        "right at T = 1, wrong at T = 3: {what}",
        "what one step of the loop hands to the next",
        by_lag,
    ),
    Rule(
        "right at T = 1; at T = 3 dx is right and parameters are wrong",
        "{names}: right at T = 1, wrong at T = 3, though dx is right: not every step's share is added once",
        "where the gradients of parameters are summed over t",
        not_summed,
    ),
    Rule(
        "right at T = 1; at T = 3 only the gradient of the initial state is wrong",
        "the gradient of the initial {states}: right at T = 1, wrong at T = 3, and all else is right",
        "what backward returns after the loop",
        after_the_loop,
    ),
    Rule(
        "right at T = 1, wrong at T = 3, and no row above applies",
        "right at T = 1, wrong at T = 3: {names}{steps}",
        "what depends on t",
        wrong_at_some_steps,
    ),
)

OTHERWISE = (
    Rule(
        "right for one row, wrong for several",
        "right for one sequence, wrong for several at T = 1 already: {names}",
        "sums over the rows, and places where rows meet",
        rows,
    ),
    Rule(
        "right in the first call, wrong in the second",
        "right in the first call of a new cell, wrong in the second one",
        "what the cell keeps: arrays that are used again, copies of parameters",
        second_call,
    ),
    Rule(
        "wrong, and no row above applies",
        "wrong: {names}{right}; smaller sizes show nothing",
        "what depends on the sizes",
        what_holds,
    ),
)
