"""The diagram of a cell: its edges are the paths of the backward equations, and its slopes the right ones."""

import re

import numpy as np
import pytest
from chromium import chromium, watched
from test_equations import NAMES, VARIANTS, T, network, small

from cells import CELLS
from minrnn.unroll.diagram import diagram, graph_of
from minrnn.unroll.functions import norm_gradient
from minrnn.unroll.grammar import parse, summands
from minrnn.unroll.graph import INPUT, OUTPUT, cell_graph
from minrnn.unroll.layout import LABEL, SMALL, box, lay_out, overlap

every_cell = pytest.mark.parametrize("name, options", VARIANTS, ids=NAMES)


def kind(name):
    return getattr(CELLS[name], "kind", CELLS[name])


def graph_and_machine(name, options):
    """The graph of a cell, and the machine of its network, which has run."""
    one = network(name, options)
    one.run()
    machine = next(iter(one.lanes.values()))
    return cell_graph(machine, one.states), machine, one


def paths(machine, key):
    """How many terms the backward equations add up for a name: of dh_next = dv[0], the terms of dv[0]."""
    terms = [
        machine.named(node, bound)
        for equation, bound in machine.instances(backward=True, total=False)
        if machine.key(equation.target, bound)[0] == key
        for node in summands(equation.value)
    ]
    return paths(machine, terms[0]) if len(terms) == 1 and re.fullmatch(r"dv\[\d\]", terms[0]) else len(terms)


@every_cell
def test_as_many_edges_leave_h_as_dh_next_has_terms(name, options):
    graph, machine, one = graph_and_machine(name, options)
    for state in one.states:
        start = graph.of[f"{state}[t-1]"]
        assert sum(edge.source == start for edge in graph.edges) == paths(machine, f"d{state}_next")


@pytest.mark.parametrize(
    "name, options, edges",
    [("rnn", {}, 1), ("lstm", {}, 1), ("gru", {}, 4), ("gru", {"reset": "before"}, 4), ("mixgru", {}, 5)],
)
def test_so_many_edges_leave_h(name, options, edges):
    graph = graph_of(kind(name), options)
    assert sum(edge.source == graph.of["h[t-1]"] for edge in graph.edges) == edges


@every_cell
def test_the_slopes_on_the_edges_give_the_gradients_of_the_kernel(name, options):
    """Back through the graph at step t, by the texts on its edges."""
    graph, machine, one = graph_and_machine(name, options)
    t = T // 2
    values = machine.values[t]
    after = machine.values[t + machine.back]
    gradients = [0.0] * len(graph.vertices)
    for k, vertex in enumerate(graph.vertices):
        if vertex.kind == OUTPUT:
            state = vertex.name[0]
            gradients[k] = after[f"d{state}_next"] + (values["dh_above"] if state == "h" else 0)
    for edge in sorted(graph.edges, key=lambda e: -e.target):
        dv = gradients[edge.target]
        if edge.slope.endswith("^T"):
            back = dv @ machine.evaluate(parse(edge.slope[:-2]), {}, t).T
        elif edge.slope == "softmax'":
            back = values["w"] * (dv - (values["w"] * dv).sum(axis=1, keepdims=True))
        elif edge.slope == "LN'":
            letter = edge.read.removesuffix("[t]").rpartition("_")[2]
            back = norm_gradient(machine.evaluate(parse(edge.read), {}, t), machine.found(f"scale_{letter}", {}) * dv)
        elif " or " in edge.slope:
            y = machine.evaluate(parse(graph.vertices[edge.target].name), {}, t)
            back = dv * np.where(y > 0.5, 1, machine.evaluate(parse(edge.slope.split(" or ")[1]), {}, t))
        else:
            back = dv * machine.evaluate(parse(edge.slope), {}, t)
        gradients[edge.source] = gradients[edge.source] + into(machine, graph, edge, back, t)
    for key, k in [("dx", graph.of["x"])] + [(f"d{state}_next", graph.of[f"{state}[t-1]"]) for state in one.states]:
        np.testing.assert_allclose(gradients[k], values[key], atol=1e-12, err_msg=key)


def into(machine, graph, edge, back, t):
    """The gradient of a block, in the columns of all that it is a block of; of one column, a sum over the columns."""
    name = graph.vertices[edge.source].name
    if not edge.read or not name or edge.read == name or graph.vertices[edge.source].kind == INPUT:
        return back
    whole = machine.evaluate(parse(name), {}, t)
    mark = np.arange(whole.shape[1])[np.newaxis]
    base = name.partition("[")[0]
    columns = machine.part(edge.read, {base: mark})
    if columns is None:
        return back
    out = np.zeros_like(whole)
    out[:, columns[0]] = back if columns.size == back.shape[1] else back.sum(axis=1, keepdims=True)
    return out


@every_cell
def test_no_text_of_a_diagram_stands_on_another(name, options):
    graph = graph_of(kind(name), small(name) | options)
    out = lay_out(graph)
    boxes = [box(centre, *size) for centre, size in zip(out.centres, out.sizes)]
    boxes += [box(at, len(edge.slope) * SMALL, LABEL - 2) for edge, at in zip(graph.edges, out.labels)]
    for k, one in enumerate(boxes):
        assert 0 <= one[0] and one[2] <= out.width and 0 <= one[1] and one[3] <= out.height
        assert not any(overlap(one, other) for other in boxes[:k])


def test_a_diagram_says_each_slope_and_input_once():
    text = diagram("lstm", {})
    assert re.findall(r'class="slope"[^>]*>([^<]*)<', text).count("f (1 − f)") == 1
    assert text.count('class="forward"') == text.count('class="backward"') == len(graph_of(kind("lstm"), {}).edges) + 1


@pytest.mark.slow
def test_in_a_browser_no_text_stands_on_another_or_outside(tmp_path):
    script = """() => [...document.querySelectorAll("text")].map((t) => {
        const {x, y, width, height} = t.getBBox();
        return [x, y + 2, x + width, y + height - 2];
    })"""
    with chromium() as browser, watched(browser) as opened:
        for name in ("gru", "lstm", "lnlstm", "mixgru", "mogrifier", "minlstm"):
            path = tmp_path / "cell.svg"
            path.write_text(diagram(name, small(name)), encoding="utf-8")
            page = opened(path)
            width, height = page.evaluate("['width', 'height'].map((k) => document.documentElement[k].baseVal.value)")
            boxes = page.evaluate(script)
            assert len(boxes) > 10
            for k, one in enumerate(boxes):
                assert 0 <= one[0] and one[2] <= width and 0 <= one[1] and one[3] <= height
                assert not any(overlap(one, other) for other in boxes[:k]), (name, one)
