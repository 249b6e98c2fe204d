"""What an exercise consists of: a solution, how to judge an answer, and the mistakes that people make."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

SOLUTIONS = Path(__file__).parent / "solutions"
# A block of the solution between "# answer: TEXT" and "# end" becomes TEXT in the stub.
ANSWER, END = "# answer: ", "# end"


@dataclass(frozen=True)
class Slip:
    """A known mistake: `new` in place of `old`, which the solution has exactly once; `hint` is for who makes it.

    `museum` is the title of the exhibit in docs/bug-museum.md that shows this mistake; then it is also an exercise.
    """

    old: str
    new: str
    hint: str
    museum: str = ""


@dataclass(frozen=True)
class Task:
    """How an answer is judged.

    source      the solution is solutions/SOURCE.py
    function    the name of the function (or class) that is judged
    outputs     {name: axes} of what it returns, such as {"dx": "T N D"}; axes "" if they have no letters
    case        (rng, sizes) -> arguments, expected: both tuples; `sizes` is {"T": 3, ...}, all different
    hints       what `--hint` says first, and then
    slips       known mistakes
    call        (function, *arguments) -> the outputs as a tuple or list
    gates       the blocks of columns of "4H" or "3H" axes, such as "i f g o"
    recurrent   whether one time step alone is a case that tells something
    extra       further checks of a right answer: (namespace) -> what is wrong, "" for nothing
    """

    source: str
    function: str
    outputs: dict[str, str]
    case: Callable
    hints: tuple[str, str]
    slips: tuple[Slip, ...]
    call: Callable = lambda function, *arguments: function(*arguments)
    gates: str = ""
    recurrent: bool = False
    extra: Callable = lambda namespace: ""


@lru_cache(None)
def marked(source: str) -> str:
    """The solution with the marks around its answers."""
    return (SOLUTIONS / f"{source}.py").read_text(encoding="utf-8")


def blocks(text: str) -> list[tuple[str, str | None]]:
    """A marked text as [(line with its line end, TEXT of the answer it belongs to, or None)], without the marks."""
    found, answer = [], None
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if bare.startswith(ANSWER):
            indent = line[: len(line) - len(line.lstrip())]
            answer = f"{indent}{bare.removeprefix(ANSWER)}\n"
        elif bare == END:
            answer = None
        else:
            found.append((line, answer))
    return found


def solution(source: str) -> str:
    """The solution without marks."""
    return "".join(line for line, _ in blocks(marked(source)))


def answers(source: str) -> list[str]:
    """The lines of the solution that the stub must not have."""
    return [line for line, answer in blocks(marked(source)) if answer]


def blanked(source: str) -> str:
    """The solution with each answer replaced by the text of its mark."""
    lines, last = [], None
    for line, answer in blocks(marked(source)):
        if answer is None:
            lines.append(line)
        elif answer != last:
            lines.append(answer)
        last = answer
    return "".join(lines)


def with_slips(source: str, *slips: Slip) -> str | None:
    """The solution with these mistakes in it; None if one of them has removed the place of another."""
    text = solution(source)
    for slip in slips:
        if text.count(slip.old) != 1:
            return None
        text = text.replace(slip.old, slip.new)
    return text


@lru_cache(1000)
def namespace(source: str, *slips: Slip) -> dict | None:
    """What the solution defines, with these mistakes in it."""
    text = with_slips(source, *slips)
    if text is None:
        return None
    names: dict = {"__name__": f"solution of {source}"}
    exec(compile(text, f"<{source}>", "exec"), names)
    return names


def normal(rng: np.random.Generator, sizes: dict[str, int], axes: str) -> np.ndarray:
    """Random numbers in an array whose axes have these letters, such as "T N 4H"."""
    return rng.standard_normal([int(axis[:-1] or 1) * sizes[axis[-1]] for axis in axes.split()])
