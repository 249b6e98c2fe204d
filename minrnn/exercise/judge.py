"""Is an answer right? If not, which known mistake gives the same result, or what can be said about it?"""

import os
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from copy import deepcopy
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ..system.errors import OptionError
from .calls import SIZES, NotSolved, Tried, cases, named, one_case, other_case
from .exercises import EXERCISES, Exercise
from .facts import Results, after_one_step, facts, largest_difference, same, summary, wrong_names
from .task import Slip, Task, namespace


class Verdict(NamedTuple):
    """`lines` are for the student; `untouched` if what is to be written is not there yet."""

    solved: bool
    lines: list[str]
    untouched: bool = False


def judge(name: str, names: dict) -> Verdict:
    """Judges what a student's file defines. Raises OptionError if it cannot be run."""
    exercise = EXERCISES[name]
    task = exercise.task
    function = names.get(task.function)
    if not callable(function):
        raise OptionError(f"there is no {task.function} in the file; keep the names of the stub")
    first, *others = cases(task.source, task.case)
    try:
        with np.errstate(all="ignore"):
            tried = [one_case(task, function, *first)]
        # What the function prints is shown for the first case only.
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), np.errstate(all="ignore"):
            tried += [other_case(task, function, case, first) for case in others]
            if not all(map(is_right, tried)):
                return Verdict(False, [summary(tried), *diagnosis(exercise, function, tried)])
            again = one_case(task, function, *first)[1]
            if not all(same(again[key], v) for key, v in tried[0][1].items()):
                raise NotSolved(
                    "a second call, with the same arguments, gives another result: keep nothing between calls"
                )
            if complaint := task.extra(names):
                raise NotSolved(complaint)
    except NotSolved as reason:
        return Verdict(False, [str(reason)], str(reason).endswith("is not written yet"))
    return Verdict(True, praise(exercise))


def is_right(case: Tried) -> bool:
    return not wrong_names(*case[1:])


def praise(exercise: Exercise) -> list[str]:
    lines = [f"every number is right, in {len(SIZES)} cases with different sizes and random numbers"]
    if exercise.bug:
        lines.append(f'this was "{exercise.bug.museum}": docs/bug-museum.md tells what it does to a loss')
    return lines


def diagnosis(exercise: Exercise, function: Callable, tried: list[Tried]) -> list[str]:
    """The hint of the known mistake, or of two, whose results these are; else what can be said about the results."""
    task, results = exercise.task, [got for _, got, _ in tried]
    lines = facts(task, tried)
    unchanged = exercise.bug and gives(task, (exercise.bug,), results)
    if not unchanged:
        for slip in task.slips:
            if gives(task, (slip,), results):
                return [*lines, f"hint: {slip.hint}"]
        for pair in combinations(task.slips, 2):
            if gives(task, pair, results):
                first = next(slip for slip in pair if slip is not exercise.bug)
                return [*lines, f"hint: two things are wrong. One of them: {first.hint}"]
    lines = lines or [largest_difference(*next(case[1:] for case in tried if not is_right(case)))]
    if task.recurrent:
        sizes = SIZES[0] | {"T": 1}
        case = task.case(np.random.default_rng(0), sizes)
        with suppress(OptionError, NotSolved):
            lines.append(after_one_step(task, one_case(task, function, sizes, *case)))
    if unchanged:
        lines.append("the result is still that of the faulty code")
    return lines


def gives(task: Task, slips: tuple[Slip, ...], results: list[Results]) -> bool:
    """Whether the solution with these slips has these results in all cases."""
    names = namespace(task.source, *slips)
    if names is None:
        return False
    for got, (_, arguments, expected) in zip(results, cases(task.source, task.case)):
        try:
            other = named(task, task.call(names[task.function], *deepcopy(arguments)), expected)
        except (NotSolved, ValueError, IndexError):
            return False
        if not all(same(other[name], v) for name, v in got.items()):
            return False
    return True
