"""One step of a cell as a graph, from its forward equations: operations, and edges with their local slopes.

The slope of an edge is what the gradient is multiplied by on its way back: `f` for c[t-1] in f c[t-1], Wh^T in
h[t-1] Wh, 1 in a sum.
"""

from dataclasses import dataclass, field

from .functions import FUNCTIONS
from .grammar import Node, summands
from .machine import Machine
from .names import Bound

INPUT, OUTPUT, MATRIX, OPERATION = "input", "output", "matrix", "operation"


@dataclass
class Vertex:
    """What stands in the picture: `sign` is the operation, `name` the value, `gradient` that of an input or output."""

    kind: str
    sign: str = ""
    name: str = ""
    gradient: str = ""


@dataclass(frozen=True)
class Edge:
    """From vertex `source` to vertex `target`, by their places in `Graph.vertices`; `slope` is the local slope.

    `read` is what the target takes of the source, where that has a name: a_i, a block of a.
    """

    source: int
    target: int
    slope: str
    read: str = ""


@dataclass
class Graph:
    """Vertices, each after those that it needs, and edges. `of` has the vertex of a name: of h[t-1] and of c.

    `same` says for a second name what it is: a_r is p_r.
    """

    vertices: list[Vertex] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    of: dict[str, int] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)

    def add(self, vertex: Vertex, *sources: tuple[int, str, str]) -> int:
        """Adds a vertex and its edges from (vertex, slope, what is read); its place."""
        self.vertices.append(vertex)
        place = len(self.vertices) - 1
        self.edges += [Edge(source, place, slope, read) for source, slope, read in sources]
        return place


def cell_graph(machine: Machine, states: tuple[str, ...]) -> Graph:
    """The graph of one step of a cell, whose machine may have computed nothing yet."""
    graph = Graph()
    graph.of["x"] = graph.add(Vertex(INPUT, name="x[t]", gradient="dx[t]"))
    for state in states:
        graph.of[f"{state}[t-1]"] = graph.add(Vertex(INPUT, name=f"{state}[t-1]", gradient=f"d{state}_next"))
    for equation, bound in machine.instances(backward=False, total=False):
        key, _ = machine.key(equation.target, bound)
        text = machine.named(equation.target, bound)
        if equation.value.op == "name":
            graph.same[text] = machine.named(equation.value, bound)
        graph.of[key] = Drawing(graph, machine, bound).value(equation.value, text)
    for state in states:
        above = f"dh_above[t] + d{state}_next" if state == "h" else f"d{state}_next"
        graph.add(Vertex(OUTPUT, name=f"{state}[t]", gradient=above), (graph.of[state], "1", ""))
    return graph


@dataclass
class Drawing:
    """Adds an expression to a graph, in which `bound` says what the letters of its names stand for."""

    graph: Graph
    machine: Machine
    bound: Bound

    def value(self, node: Node, name: str = "") -> int | None:
        """The vertex of an expression; `name` is that of its value. None for parameters and numbers."""
        match node.op:
            case "number":
                return None
            case "name":
                return self.named(node)
            case "*":
                return self.product(node, name)
            case "/":
                over, under = node.args
                slopes = f"1 / {self.text(under)}", f"-{self.text(over)} / {self.text(under)}^2"
                return self.graph.add(Vertex(OPERATION, "÷", name), *map(self.source, node.args, slopes))
            case "call":
                function, argument = node.args
                y = name or self.machine.named(node, self.bound)
                sign = FUNCTIONS[function].sign if function in FUNCTIONS else function
                slope = (
                    FUNCTIONS[function].slope.format(y=y, x=self.text(argument))
                    if function in FUNCTIONS
                    else f"{function}'"
                )
                return self.graph.add(Vertex(OPERATION, sign, name), self.source(argument, slope))
        return self.sum(node, name)

    def source(self, node: Node, slope: str) -> tuple[int, str, str]:
        """An edge from an expression, for `Graph.add`."""
        text = self.machine.named(node, self.bound) if node.op == "name" else ""
        return self.value(node), slope, self.graph.same.get(text, text)

    def named(self, node: Node) -> int | None:
        """The vertex of a name or of what it is a block of; None for a parameter."""
        key, when = self.machine.key(node, self.bound)
        key = f"{key}[t-1]" if when == "t-1" else key
        while key not in self.graph.of and "_" in key:
            key = key.rpartition("_")[0]
        return self.graph.of.get(key)

    def text(self, node: Node) -> str:
        """An expression as a factor."""
        text = self.machine.named(node, self.bound)
        return f"({text})" if node.op in ("+", "neg", "sum", "/", "*") else text

    def sum(self, node: Node, name: str) -> int:
        """A sum; numbers and biases stand in the sign."""
        sources, before, after = [], "", ""
        for term in summands(node):
            sign, inner = ("-1", term.args[0]) if term.op == "neg" else ("1", term)
            for part, bound in self.machine.unfolded(inner, self.bound):
                source = Drawing(self.graph, self.machine, bound).source(part, sign)
                if source[0] is not None:
                    sources.append(source)
                elif part.op == "number":
                    before = part.text + " "
                else:
                    after = " " + self.machine.named(part, bound)
        sign = "−" if all(slope == "-1" for _, slope, _ in sources) else "+"
        return self.graph.add(Vertex(OPERATION, before + sign + after, name), *sources)

    def product(self, node: Node, name: str) -> int:
        """Factors from left to right: a matrix multiplies the product of all that stands before it."""
        factors, number, left = [], "", None
        for k, factor in enumerate(node.args):
            if factor.op == "number":
                number = factor.text + " "
            elif factor.op == "name" and self.machine.is_matrix(factor, self.bound, 0):
                matrix = self.machine.named(factor, self.bound)
                left = left or self.times(factors, number, "")
                vertex = Vertex(MATRIX, matrix, name if k == len(node.args) - 1 else "")
                left = self.graph.add(vertex, (left[0], f"{matrix}^T", left[2])), "", ""
                factors, number = [], ""
            else:
                factors.append((self.source(factor, ""), self.text(factor)))
        return (left if left and not factors else self.times(factors, number, name))[0]

    def times(self, factors: list, number: str, name: str) -> tuple[int, str, str]:
        """An elementwise product as the source of an edge; of one factor, that factor."""
        if len(factors) == 1 and not number:
            return factors[0][0]
        slopes = [number + " ".join(t for j, (_, t) in enumerate(factors) if j != k) for k in range(len(factors))]
        sources = [(vertex, slope.strip(), read) for ((vertex, _, read), _), slope in zip(factors, slopes)]
        return self.graph.add(Vertex(OPERATION, number + "×", name), *sources), "", ""
