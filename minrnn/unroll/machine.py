"""The equations of a header, computed one after the other: forward for one time step after the other, then backward."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .equation import Equation, HeaderError, is_outer
from .evaluate import Expressions
from .grammar import Node, Unreadable, summands
from .names import Bound


@dataclass
class Term:
    """A summand of an equation: its text, its value, and the values of what it is made of, by their texts."""

    text: str
    value: np.ndarray
    parts: list[tuple[str, np.ndarray]]


@dataclass
class Step:
    """An equation at one time step (None: a sum over all of them). `key` is the name that got the value."""

    equation: Equation
    bound: Bound
    t: int | None
    key: str
    value: np.ndarray
    terms: list[Term]


@dataclass
class Machine(Expressions):
    """A header that runs. `nudges` are added to the values of these (t, name) when they are computed."""

    nudges: dict[tuple[int, str], np.ndarray] = field(default_factory=dict)

    def instances(self, backward: bool, total: bool) -> Iterator[tuple[Equation, Bound]]:
        """All equations of one direction, in order; one with an index as often as it stands for."""
        several: list[Equation] = []
        for e in [e for e in self.header.select(backward) if e.total == total] + [None]:
            if e and e.indexed and self.header.rounds and not total:
                several.append(e)
                continue
            for k in self.range(backward) if several else ():
                yield from ((one, {"k": str(k)}) for one in several)
            several = []
            if e and e.indexed:
                yield from ((e, {"k": str(k)}) for k in self.range())
            elif e:
                yield from ((e, {e.loop[0]: letter}) for letter in e.loop[1]) if e.loop else [(e, {})]

    def step(self, t: int, backward: bool) -> Iterator[Step]:
        """Computes all equations of one direction at step t, whose `values[t]` have what comes from outside."""
        for equation, bound in self.instances(backward, total=False):
            yield self.compute(equation, bound, t)

    def totals(self) -> Iterator[Step]:
        """Computes the sums over t, after the backward steps."""
        for equation, bound in self.instances(True, total=True):
            body, times = equation.summed, sorted(t for t in self.values if "done" in self.values[t])
            terms = []
            for t in times:
                term = self.term(equation, body, bound, t)
                value = term.value if is_outer(body) else term.value.sum(axis=0)
                terms.append(Term(f"t = {t}", value, term.parts))
            key, _ = self.key(equation.target, bound)
            key = next((f"d{name}" for name in self.params if f"d{name}" == key.replace("_", "")), key)  # dA_1 is dA1
            value = sum(term.value for term in terms)
            self.values.setdefault("total", {})[key] = value
            yield Step(equation, bound, None, key, value, terms)

    def compute(self, equation: Equation, bound: Bound, t: int) -> Step:
        """Computes one equation at step t."""
        key, _ = self.key(equation.target, bound)
        terms = []
        if equation.op == "+=":
            terms.append(Term(key, self.term(equation, equation.target, bound, t).value, []))
        for node in summands(equation.value):
            terms += [self.term(equation, part, inner, t) for part, inner in self.unfolded(node, bound)]
        value = sum(term.value for term in terms) + self.nudges.get((t, key), 0)
        self.values[t][key] = value
        return Step(equation, bound, t, key, value, terms)

    def term(self, equation: Equation, node: Node, bound: Bound, t: int) -> Term:
        """A summand of the equation, computed. What goes wrong is said with the line of the equation."""
        try:
            parts = [(self.named(n, bound), self.evaluate(n, bound, t)) for n in factors(node)]
            return Term(self.named(node, bound), self.evaluate(node, bound, t), parts)
        except (Unreadable, ValueError) as error:
            place = f"{self.header.file}, line {equation.line}"
            raise HeaderError(f"{place}: cannot compute {equation.text!r}: {error}") from error

    def named(self, node: Node, bound: Bound) -> str:
        """The text of a node, with numbers for the letters that stand for them."""
        text = node.text
        for letter, value in bound.items():
            text = re.sub(rf"(?<=_){letter}(?![A-Za-z0-9])", value, text)
            text = re.sub(rf"\[({letter}(?:[+-]\d)?)\]", lambda m: f"[{self.number(m[1], bound)}]", text)
        return text


def factors(node: Node) -> list[Node]:
    """What a term is made of: the factors of a product, the arguments of a function, and the names that these add."""
    if node.op == "neg":
        return factors(node.args[0])
    inner = {"*": node.args, "/": node.args, "dot": node.args, "call": node.args[1:]}.get(node.op, ())
    inner = [n.args[0] if n.op == "T" else n for n in inner if n.op != "number"]
    return [one for n in inner for one in (n, *(m for m in summands(n) if n.op == "+" and m.op == "name"))]
