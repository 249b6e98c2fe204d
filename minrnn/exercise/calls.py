"""Calling a student's function in several cases: what it returns, and whether it keeps the rules."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import lru_cache

import numpy as np

from ..own_cell.users_code import calling
from ..system.errors import OptionError
from .facts import Results, in_words, same
from .task import Task

# All sizes of a case differ, so that no swapped axis and no number in place of a letter can pass.
SIZES = (
    dict(T=3, N=4, D=5, H=6, V=7),
    dict(T=4, N=2, D=3, H=5, V=9),
    dict(T=5, N=3, D=7, H=4, V=8),
    dict(T=3, N=4, D=5, H=6, V=7),
)  # The last case has the sizes of the first one, and other random numbers.


Tried = tuple[dict, Results, Results]  # sizes, what the function returned, what is right


class NotSolved(Exception):
    """The message is one line for the student."""


@lru_cache(None)
def cases(source: str, case: Callable) -> list[tuple[dict, tuple, tuple]]:
    """[(sizes, arguments, expected)] of a task."""
    return [(sizes, *case(np.random.default_rng(seed), sizes)) for seed, sizes in enumerate(SIZES)]


def one_case(task: Task, function: Callable, sizes: dict, arguments: tuple, expected: tuple) -> Tried:
    """Calls the function. Raises NotSolved for a result of the wrong form, or a function that cheats."""
    given = deepcopy(arguments)
    with calling(f"{task.function} with {in_words(sizes)}"):
        try:
            got = task.call(function, *given)
        except NotImplementedError:
            got = NotImplemented
    if got is NotImplemented:
        raise NotSolved(f"{task.function} is not written yet")
    results = named(task, got, expected)
    right = dict(zip(results, map(np.asarray, expected)))
    for before, after in zip(leaves(arguments), leaves(given)):
        if not np.array_equal(before, after):
            shape = f"of shape {np.shape(before)} " if np.ndim(before) else ""
            raise NotSolved(f"{task.function} changes an argument {shape}in place (+=, *= or [...] =); work on a copy")
        for name, v in results.items():
            # A wrong result has a better hint.
            if isinstance(after, np.ndarray) and np.shares_memory(v, after) and same(v, right[name]):
                raise NotSolved(f"{name} shares its memory with an argument; return a new array, say with .copy()")
    return sizes, results, right


def other_case(task: Task, function: Callable, case: tuple, first: tuple) -> Tried:
    """The same for a function that could be called with the sizes of the first case."""
    try:
        return one_case(task, function, *case)
    except (OptionError, NotSolved) as error:
        about_sizes = isinstance(error, OptionError) or "has shape" in str(error)
        advice = f"; with {in_words(first[0])} it ran: is a size written as a number?" if about_sizes else ""
        raise type(error)(f"{error}{advice}") from None


def named(task: Task, got: object, expected: tuple) -> Results:
    """The results by name. Raises NotSolved if their number, types or shapes are wrong."""
    outputs = list(task.outputs.items())
    if len(outputs) == 1 and not isinstance(got, tuple | list):
        got = (got,)
    if not isinstance(got, tuple | list) or len(got) != len(outputs):
        found = plural_of(got)
        raise NotSolved(f"{task.function} returns {found}; expected {', '.join(task.outputs)}")
    results = {}
    for (name, axes), v, w in zip(outputs, got, map(np.asarray, expected)):
        try:
            v = np.asarray(v)
        except ValueError:  # a list of arrays with different shapes
            raise NotSolved(f"{name} is not an array but a {type(v).__name__} of different things") from None
        if v.dtype.kind not in "fiu":
            raise NotSolved(f"{name} is not an array of real numbers: {type(got[len(results)]).__name__}, {v.dtype}")
        if v.shape != w.shape:
            letters = f"({', '.join(axes.split())}) = " if axes else ""
            turned = "; is it transposed?" if v.shape == w.shape[::-1] else ""
            raise NotSolved(f"{name} has shape {v.shape}; expected {letters}{w.shape}{turned}")
        if w.dtype.kind == "f" and v.dtype != np.float64:
            raise NotSolved(f"{name} is {v.dtype}; expected float64, so that every digit can be compared")
        results[name] = v
    return results


def plural_of(got: object) -> str:
    return f"{len(got)} things" if isinstance(got, tuple | list) else type(got).__name__


def leaves(v: object) -> Iterator[object]:
    """All arrays and numbers in nested tuples and lists."""
    if isinstance(v, tuple | list):
        for part in v:
            yield from leaves(part)
    else:
        yield v
