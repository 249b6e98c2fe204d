"""One step of a cell as an SVG picture: forward edges, and backward edges with the local slope on each."""

from html import escape
from itertools import pairwise
from pathlib import Path

import numpy as np

from cells import CELLS

from ..system.files import write_atomic
from .graph import INPUT, MATRIX, OUTPUT, Graph, Vertex, cell_graph
from .layout import CHARACTER, LABEL, SMALL, Layout, Point, box, lay_out
from .machine import Machine
from .network import cell_header

BESIDE = 2.6  # how far forward and backward edges are from the middle between them
LOOK = """
  :root { --paper: #fbfaf7; --card: #fff; --ink: #1d2126; --soft: #6a717b; --rule: #bdb9ae; --v: #14599e; --d: #b0440a }
  @media (prefers-color-scheme: dark) { :root {
    --paper: #14171b; --card: #20252c; --ink: #e6e4df; --soft: #959ca6; --rule: #4b535e; --v: #84bbf5; --d: #f2a36b } }
  text { font: 12px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--ink);
    text-anchor: middle; dominant-baseline: central }
  .slope { font-size: 10.6px; fill: var(--d) } .behind { fill: var(--paper) }
  .gradient { font-size: 10.6px; fill: var(--d) }
  .value, .name { fill: var(--v) } .name { font-weight: 700 }
  .paper { fill: var(--paper) } .vertex { fill: var(--card); stroke: var(--rule) }
  .input .vertex, .output .vertex { stroke: var(--v) } .note { fill: var(--soft); text-anchor: start }
  .forward, .backward { fill: none; stroke-width: 1.5px }
  .forward { stroke: var(--v); marker-end: url(#v) } .backward { stroke: var(--d); marker-end: url(#d) }
"""
DEFS = """<defs>
<marker id="v" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0 6 3 0 6z" fill="var(--v)"/></marker>
<marker id="d" viewBox="0 0 6 6" refX="6" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0 6 3 0 6z" fill="var(--d)"/></marker>
</defs>"""  # noqa: E501


def write_diagram(path: Path, name: str, options: dict) -> None:
    """Writes the picture of the cell CELLS[name]; of a bidirectional one, that of its halves."""
    write_atomic(path, diagram(name, options).encode())


def diagram(name: str, options: dict) -> str:
    """The picture as text."""
    kind = getattr(CELLS[name], "kind", CELLS[name])
    return drawn(graph_of(kind, options), f"One step of {kind.__name__}")


def graph_of(kind: type, options: dict) -> Graph:
    """The graph of a kind of cell; its sizes are those of no page, and differ."""
    header, sizes = cell_header(kind, options, D := 5, H := 3)
    cell = kind(D, H, dtype=np.float64, rng=np.random.default_rng(0), **options)
    return cell_graph(Machine(header, cell.params, sizes), getattr(kind, "states", ("h",)))


def drawn(graph: Graph, title: str) -> str:
    """A graph as SVG."""
    out = lay_out(graph)
    width, height = out.width, out.height + 26
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title><style>{LOOK}</style>{DEFS}",
        '<rect class="paper" width="100%" height="100%"/>',
        *(line for k in range(len(graph.edges)) for line in lines(out.ways[k])),
        *(vertex(v, c, s) for v, c, s in zip(graph.vertices, out.centres, out.sizes)),
        *(slope(edge.slope, at) for edge, at in zip(graph.edges, out.labels)),
        legend(out),
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def legend(out: Layout) -> str:
    """What the colours mean."""
    y = out.height + 8
    return (
        f'<path class="forward" d="M14 {y:.0f}h26"/><text class="note" x="48" y="{y:.0f}">forward</text>'
        f'<path class="backward" d="M142 {y:.0f}h-26"/><text class="note" x="150" y="{y:.0f}">backward: times the '
        "slope written on it, and summed where edges meet</text>"
    )


def lines(way: list[Point]) -> list[str]:
    """The edge forward, and the edge backward beside it."""
    return [
        path("forward", [(x, y - BESIDE) for x, y in way]),
        path("backward", [(x, y + BESIDE) for x, y in way[::-1]]),
    ]


def path(name: str, points: list[Point]) -> str:
    """A curve through points that is level at each of them."""
    d = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (ax, ay), (bx, by) in pairwise(points):
        middle = (ax + bx) / 2
        d += f"C{middle:.1f} {ay:.1f} {middle:.1f} {by:.1f} {bx:.1f} {by:.1f}"
    return f'<path class="{name}" d="{d}"/>'


def text(name: str, content: str, at: Point) -> str:
    """Words around a point."""
    return f'<text class="{name}" x="{at[0]:.1f}" y="{at[1]:.1f}">{escape(content.replace("-", "−"))}</text>'


def slope(content: str, at: Point) -> str:
    """The slope of an edge, which its lines do not cross."""
    left, top, right, bottom = box(at, len(content) * SMALL + 4, LABEL - 2)
    behind = (
        f'<rect class="behind" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"/>'
    )
    return behind + text("slope", content, at)


def vertex(v: Vertex, centre: Point, size: Point) -> str:
    """A box with the operation and the name of its value, or an input or output with its gradient."""
    (x, y), (width, height) = centre, size
    corner = 3 if v.kind == MATRIX else height / 2 if v.kind not in (INPUT, OUTPUT) else 8
    shape = (
        f'<rect class="vertex" x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="{corner:.0f}"/>'
    )
    if v.kind in (INPUT, OUTPUT):
        inside = text("name", v.name, (x, y - 8)) + text("gradient", v.gradient, (x, y + 9))
    elif v.name:
        letters = len(v.sign) + 2 + len(v.name)
        start = x - letters * CHARACTER / 2
        inside = text("sign", v.sign, (start + len(v.sign) * CHARACTER / 2, y))
        inside += text("name", v.name, (start + (letters - len(v.name) / 2) * CHARACTER, y))
    else:
        inside = text("sign", v.sign, (x, y))
    return f'<g class="{v.kind}">{shape}{inside}</g>'
