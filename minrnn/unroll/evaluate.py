"""The value of an expression at a time step, in NumPy: vectors are (N, J), of real or complex numbers."""

from collections.abc import Iterator

import numpy as np

from .functions import FUNCTIONS, norm, norm_gradient
from .grammar import Node, Unreadable
from .names import Bound, Names


class Expressions(Names):
    """Names, and what can be made of them."""

    def evaluate(self, node: Node, bound: Bound, t: int) -> np.ndarray:
        """The value of an expression at step t. Raises Unreadable for a name that nothing has."""
        op, args = node.op, node.args
        if op == "number":
            return args[0]
        if op == "name":
            return self.look_up(node, bound, t)
        if op == "*":
            return self.product(args, bound, t)
        if op == "call":
            return self.call(*args, bound, t)
        if op == "sum":
            if args[0] == "":
                return np.sum(self.evaluate(args[1], bound, t), keepdims=True)
            return sum(self.evaluate(n, b, t) for n, b in self.unfolded(node, bound))
        if op == "T":
            raise Unreadable(f"{node.text!r} is not a factor of a matrix product")
        v = [self.evaluate(n, bound, t) for n in args if isinstance(n, Node)]
        match op:
            case "+":
                return sum(v)
            case "neg":
                return -v[0]
            case "/":
                return v[0] / v[1]
            case "dot":
                return (v[0] * v[1]).sum(axis=-1, keepdims=True)
            case "^":
                return v[0] ** args[1]
            case "where":
                return np.where(np.real(v[1]) > np.real(v[2]), v[0], v[3])

    def product(self, factors: tuple[Node, ...], bound: Bound, t: int) -> np.ndarray:
        """v W and v W^T for a matrix W of the parameters, v^T w for vectors (a sum over the rows), else elementwise."""
        value, outer = 1.0, False
        for k, node in enumerate(factors):
            transposed = node.op == "T"
            inner = node.args[0] if transposed else node
            v = self.evaluate(inner, bound, t)
            if self.is_matrix(inner, bound, t):
                value = value @ (v.T if transposed else v)
            elif transposed and k == 0 and len(factors) > 1:
                value, outer = v.T, True
            elif transposed:
                raise Unreadable(f"{node.text!r} is not the first of the factors")
            else:
                value = value @ v if outer else value * v
        return value

    def is_matrix(self, node: Node, bound: Bound, t: int) -> bool:
        """Whether a name is that of a parameter with two axes, or of a block of one."""
        if node.op != "name":
            return False
        key, when = self.key(node, bound)
        own = self.found(key, {})
        return when == "t" and own is not None and own.ndim == 2

    def call(self, name: str, argument: Node, *rest) -> np.ndarray:
        *more, bound, t = rest
        if name == "onehot":
            return np.eye(self.params["b"].size)[self.values[t]["y"]]
        v = self.evaluate(argument, bound, t)
        if name in FUNCTIONS:
            return FUNCTIONS[name].value(v)
        # The weights of layer normalisation are those of the block, or of the value: scale_i for a_i, scale_c for c.
        letter = self.key(argument, bound)[0].rpartition("_")[2] if argument.op == "name" else ""
        if name == "norm":
            return norm(v)[0]
        scale, shift = (self.found(f"{p}_{letter}", {}) for p in ("scale", "b"))
        if scale is None or shift is None:
            raise Unreadable(f"there are no parameters scale and b for LN of {argument.text}")
        if name == "LN":
            return scale * norm(v)[0] + shift
        return norm_gradient(v, scale * self.evaluate(more[0], bound, t))

    def unfolded(self, node: Node, bound: Bound) -> Iterator[tuple[Node, Bound]]:
        """The summands of a sum over k, or the node itself."""
        if node.op == "sum" and node.args[0]:
            yield from ((node.args[1], bound | {node.args[0]: str(k)}) for k in self.range())
        else:
            yield node, bound
