"""The right side of an equation, as it stands in the header of a cell's file, as an expression tree.

    sum        product + product - product
    product    factors side by side, with / and . (a dot product) between them if need be; -product; sum_t product
    factor     atom, atom^T, atom^2
    atom       2, h, a_i, h[t-1], tanh(...), (...), (v where a > b, else w)

Whether two factors side by side are a matrix product or an elementwise one depends on what they are: evaluate.py.
"""

import re
from dataclasses import dataclass

from .functions import FUNCTIONS, NORMS

KNOWN = (*FUNCTIONS, *NORMS, "onehot")
TWO_ARGUMENTS = ("dLN",)
TOKEN = re.compile(r"\s*(?:(\d+\.?\d*)|(sum(?:_[a-z])?\b|[A-Za-z]\w*)(?:\[([^\]]*)\])?|(\^T|\^\d+|[-+/.()>,]))")
ENDS = (")", "+", "-", ",", ">", "where", "else")


class Unreadable(ValueError):
    """An equation that the grammar does not know; the message says why."""


@dataclass(frozen=True)
class Node:
    """A part of an expression. `op` is one of number, name, call, sum, +, neg, *, /, dot, ^, T, where."""

    op: str
    args: tuple
    text: str


def parse(text: str) -> Node:
    """The tree of an expression; raises Unreadable."""
    parser = Expression(text)
    node = parser.sum()
    if parser.token is not None:
        raise Unreadable(f"{parser.token!r} is not expected here")
    return node


def summands(node: Node) -> list[Node]:
    """The terms whose sum this is; one that is subtracted is a neg node."""
    return list(node.args) if node.op == "+" else [node]


class Expression:
    """A parser by recursive descent over one line of text."""

    def __init__(self, text: str):
        self.source, self.place, self.end = text, 0, 0
        self.advance()

    def advance(self) -> None:
        """Reads the next token: `token` is its text (None at the end), `match` its groups, `start` where it begins."""
        self.end = self.place
        rest = self.source[self.place :]
        if not rest.strip():
            self.token, self.start = None, len(self.source)
            return
        self.match = TOKEN.match(rest)
        if self.match is None:
            raise Unreadable(f"{rest.strip()[0]!r} is not expected here")
        self.start = self.place + len(rest) - len(rest.lstrip())
        self.place += self.match.end()
        self.token = self.source[self.start : self.place]

    def take(self, token: str) -> None:
        """Passes over a token that must stand here."""
        if self.token != token:
            raise Unreadable(f"{token!r} is expected before {self.token!r}" if self.token else f"{token!r} is missing")
        self.advance()

    def node(self, op: str, args: list, start: int) -> Node:
        return Node(op, tuple(args), self.source[start : self.end].strip())

    def sum(self) -> Node:
        start, terms = self.start, [self.product()]
        while self.token in ("+", "-"):
            sign, at = self.token, self.start
            self.advance()
            term = self.product()
            terms.append(term if sign == "+" else self.node("neg", [term], at))
        return self.node("+", terms, start) if len(terms) > 1 else terms[0]

    def product(self) -> Node:
        start = self.start
        if self.token == "-":
            self.advance()
            return self.node("neg", [self.product()], start)
        left, factors = None, [self.factor()]
        while self.token is not None and self.token not in ENDS:
            if self.token in ("/", "."):
                op = {"/": "/", ".": "dot"}[self.token]
                left = self.finish(factors, start)
                self.advance()
                factors = [self.node(op, [left, self.factor()], start)]
            else:
                factors.append(self.factor())
        return self.finish(factors, start)

    def finish(self, factors: list[Node], start: int) -> Node:
        return self.node("*", factors, start) if len(factors) > 1 else factors[0]

    def factor(self) -> Node:
        start, node = self.start, self.atom()
        while self.token is not None and self.token.startswith("^"):
            power = self.token[1:]
            self.advance()
            node = self.node("T", [node], start) if power == "T" else self.node("^", [node, int(power)], start)
        return node

    def atom(self) -> Node:
        start = self.start
        if self.token is None:
            raise Unreadable("something is missing at the end")
        if self.token == "(":
            self.advance()
            node = self.choice()
            self.take(")")
            return node
        number, name, index, _ = self.match.groups()
        if number:
            self.advance()
            return self.node("number", [float(number)], start)
        if not name:
            raise Unreadable(f"{self.token!r} is not expected here")
        self.advance()
        if name == "sum" or name.startswith("sum_"):
            return self.node("sum", [name[4:], self.product()], start)
        if name in KNOWN and index is None:
            return self.call(name, start)
        if index is None and self.token == "(" and self.source[self.end : self.end + 1] == "(":
            raise Unreadable(f"there is no function {name}; known are {', '.join(KNOWN)}")
        return self.node("name", [name, index], start)

    def call(self, name: str, start: int) -> Node:
        """The arguments of a function. `log` may stand in front of its argument without parentheses."""
        if name == "log" and self.token != "(":
            return self.node("call", [name, self.factor()], start)
        self.take("(")
        arguments = [self.sum()]
        if name in TWO_ARGUMENTS:
            self.take(",")
            arguments.append(self.sum())
        self.take(")")
        return self.node("call", [name, *arguments], start)

    def choice(self) -> Node:
        """What stands in parentheses: a sum, or `v where a > b, else w`."""
        start, node = self.start, self.sum()
        if self.token != "where":
            return node
        self.advance()
        parts = [node, self.sum()]
        self.take(">")
        parts.append(self.sum())
        self.take(",")
        self.take("else")
        return self.node("where", [*parts, self.sum()], start)
