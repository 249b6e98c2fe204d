"""Where the vertices, edges and texts of a graph stand: layers from left to right, by the longest way from an input."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from .graph import INPUT, MATRIX, OUTPUT, Graph, Vertex

CHARACTER, SMALL = 7.3, 6.4  # widths of a letter in a vertex and of one on an edge
HEIGHT, TALL, LABEL = 26, 42, 15  # heights of a vertex, of an input or output, and of a text on an edge
APART = 20  # between vertices of a layer
AROUND = 19  # between a text on an edge and the layers beside it
SWEEPS = 24
SHARES = (0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8)  # places for a text on its edge
SAMPLES = np.linspace(0, 1, 25)

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass
class Layout:
    """Centres and sizes of vertices, the points of each edge, and the centres of the texts on edges."""

    centres: list[Point] = field(default_factory=list)
    sizes: list[Point] = field(default_factory=list)
    ways: list[list[Point]] = field(default_factory=list)
    labels: list[Point] = field(default_factory=list)
    width: float = 0
    height: float = 0


def size(vertex: Vertex) -> Point:
    """Width and height of a vertex."""
    if vertex.kind in (INPUT, OUTPUT):
        return max(len(vertex.name) * CHARACTER, len(vertex.gradient) * SMALL) + 18, TALL
    letters = len(vertex.sign) + (len(vertex.name) + 2 if vertex.name else 0)
    return max(HEIGHT, letters * CHARACTER + (12 if vertex.kind == MATRIX else 16)), HEIGHT


def layers_of(graph: Graph) -> list[int]:
    """The layer of each vertex; outputs are in the last one."""
    layer = [0] * len(graph.vertices)
    for edge in sorted(graph.edges, key=lambda e: e.target):
        layer[edge.target] = max(layer[edge.target], layer[edge.source] + 1)
    last = max(layer)
    return [last if v.kind == OUTPUT else k for v, k in zip(graph.vertices, layer)]


def spread(wanted: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Places (n,) as near as possible to those that are wanted, in this order, with distances apart (n - 1,)."""
    offset = np.concatenate([[0], np.cumsum(apart)])
    groups = []  # of [sum, count]: neighbours that would overlap share a mean
    for v in wanted - offset:
        groups.append([v, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] >= groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += count
    return np.concatenate([np.full(count, total / count) for total, count in groups]) + offset


def lay_out(graph: Graph) -> Layout:
    """The layout of a graph. Edges over several layers pass between the vertices of each."""
    layer = layers_of(graph)
    sizes = [size(v) for v in graph.vertices]
    heights = [h for _, h in sizes]
    columns = [[] for _ in range(max(layer) + 1)]
    for k, column in enumerate(layer):
        columns[column].append(k)
    ways = []
    for edge in graph.edges:  # a point of its own in each layer on the way
        way = [edge.source]
        for column in range(layer[edge.source] + 1, layer[edge.target]):
            way.append(len(heights))
            heights.append(LABEL)
            columns[column].append(way[-1])
        ways.append([*way, edge.target])
    beside = [[] for _ in heights]
    before = [[] for _ in heights]
    for way in ways:
        for a, b in pairwise(way):
            beside[a].append(b)
            beside[b].append(a)
            before[b].append(a)
    y = np.zeros(len(heights))
    for column in columns:
        arrange(y, column, heights, lambda v: np.mean(y[before[v]]) if before[v] else 0)
    for sweep in range(SWEEPS):
        for column in columns[:: -1 if sweep % 2 == 0 else 1]:
            if sweep < SWEEPS // 2:
                column.sort(key=lambda v: np.mean(y[beside[v]]))
            arrange(y, column, heights, lambda v: np.mean(y[beside[v]]))
    return placed(graph, layer, sizes, heights, columns, ways, y)


def arrange(y: np.ndarray, column: list[int], heights: list[float], wanted) -> None:
    """Sets y of a column's members, in its order."""
    half = np.array([heights[v] / 2 for v in column])
    y[column] = spread(np.array([wanted(v) for v in column]), half[1:] + half[:-1] + APART)


def placed(graph: Graph, layer, sizes, heights, columns, ways, y) -> Layout:
    """Coordinates from the order: columns as far apart as the texts between them need."""
    x, left = [], 12.0
    for k, column in enumerate(columns):
        width = max((sizes[v][0] for v in column if v < len(sizes)), default=0)
        texts = [len(e.slope) * SMALL for e in graph.edges if layer[e.target] == k]
        left += max(texts, default=0) + 2 * AROUND if k else 0
        x.append((left, left + width))
        left += width
    out = Layout(sizes=sizes, width=left + 12)
    y = y - min(y[v] - heights[v] / 2 for v in range(len(heights))) + 14
    out.height = max(y[v] + heights[v] / 2 for v in range(len(heights))) + 14
    column_of = {v: k for k, column in enumerate(columns) for v in column}
    for v, (width, _) in enumerate(sizes):
        start, end = x[layer[v]]
        centre = {INPUT: start + width / 2, OUTPUT: end - width / 2}.get(graph.vertices[v].kind, (start + end) / 2)
        out.centres.append((centre, float(y[v])))
    for way in ways:
        points = [point for v in way[1:-1] for point in ((x[column_of[v]][0], y[v]), (x[column_of[v]][1], y[v]))]
        out.ways.append(points)
    ports(graph, out)
    label(graph, out)
    return out


def ports(graph: Graph, out: Layout) -> None:
    """Adds the ends of all edges: those at one side of a vertex stand apart, in the order of where they go."""
    for end, side in ((0, 1), (-1, -1)):
        at = [(e.source, e.target) if end == 0 else (e.target, e.source) for e in graph.edges]
        toward = [out.ways[k][end] if out.ways[k] else out.centres[far] for k, (_, far) in enumerate(at)]
        for v, ((x, y), (width, height)) in enumerate(zip(out.centres, out.sizes)):
            edges = sorted((k for k in range(len(at)) if at[k][0] == v), key=lambda k: toward[k][1])
            for rank, k in enumerate(edges):
                offset = (rank - (len(edges) - 1) / 2) * min(11, 0.75 * height / len(edges))
                out.ways[k].insert(len(out.ways[k]) if end else 0, (x + side * width / 2, y + offset))


def label(graph: Graph, out: Layout) -> None:
    """Places the texts of the edges on no other text, and where they hide few ends and other edges.

    A text is best in the middle of the last piece of its edge.
    """
    taken = [box(c, w, h) for c, (w, h) in zip(out.centres, out.sizes)]
    ends = [box((x + side * 5, y), 10, 13) for way in out.ways for (x, y), side in ((way[0], 1), (way[-1], -1))]
    points = np.array([(*on(a, b, s), k) for k, way in enumerate(out.ways) for a, b in pairwise(way) for s in SAMPLES])
    out.labels = [(0.0, 0.0)] * len(graph.edges)
    for k in sorted(range(len(graph.edges)), key=lambda k: -len(graph.edges[k].slope)):
        width, choices = len(graph.edges[k].slope) * SMALL + 4, []
        x, y, _ = points[points[:, 2] != k].T
        for rank, piece in enumerate(reversed(list(pairwise(out.ways[k])))):
            for share in SHARES:
                centre = on(*piece, share)
                here = left, top, right, bottom = box(centre, width, LABEL)
                crossed = ((left < x) & (x < right) & (top < y) & (y < bottom)).sum()
                hidden = sum(overlap(here, other) for other in ends) / 5
                touched = sum(overlap(here, other) for other in taken)
                choices.append((touched, crossed + hidden + 3 * rank, abs(share - 0.5), centre))
        *_, out.labels[k] = min(choices)
        taken.append(box(out.labels[k], width, LABEL))


def on(a: Point, b: Point, share: float) -> Point:
    """A point on the curve from a to b, which begins and ends level: a cubic one, with both its helpers halfway."""
    x, y = 1.5 * share * (1 - share) + share**3, share * share * (3 - 2 * share)
    return a[0] + x * (b[0] - a[0]), a[1] + y * (b[1] - a[1])


def box(centre: Point, width: float, height: float) -> Box:
    """The rectangle around a centre."""
    (x, y) = centre
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def overlap(a: Box, b: Box) -> float:
    """The area that two boxes share."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)
