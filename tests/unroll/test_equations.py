"""The equations in a header are what the code of the cell computes: forward, backward, and the count of paths."""

import inspect

import numpy as np
import pytest

from cells import CELLS
from minrnn.gradcheck.reference import derivative, run_cell
from minrnn.gradcheck.reference_model import cross_entropy
from minrnn.unroll.build import build, compare
from minrnn.unroll.equation import HeaderError
from minrnn.unroll.grammar import Unreadable, parse
from minrnn.unroll.header import read_header
from minrnn.unroll.network import cell_header

T, H, V = 3, 2, 4
VARIANTS = [(name, {}) for name in CELLS] + [
    ("gru", {"reset": "before"}),
    ("lstm", {"tie_gates": True}),
    ("mixgru", {"transforms": 3}),
    ("mogrifier", {"rounds": 1, "rank": 3}),
    ("mogrifier", {"rounds": 3, "rank": 2, "tie_gates": True}),
    ("bigru", {"reset": "before"}),
]
NAMES = [f"{name} {options}" for name, options in VARIANTS]
every_cell = pytest.mark.parametrize("name, options", VARIANTS, ids=NAMES)


def small(name):
    return {"rank": 3, "rounds": 2} if name == "mogrifier" else {}


def network(name, options, seed=0):
    return build(name, small(name) | options, [0, 2, 1, 3], V, T, H, seed)


@every_cell
def test_the_equations_are_what_the_kernel_computes_to_1e_12(name, options, monkeypatch):
    monkeypatch.setattr("minrnn.unroll.build.TOLERANCE", 1e-12)
    one = network(name, options)
    one.run()
    compare(one)


# The others need a second each.
@pytest.mark.parametrize(
    "name, options",
    [v if v[0] in ("rnn", "gru", "lstm") else pytest.param(*v, marks=pytest.mark.slow) for v in VARIANTS],
    ids=NAMES,
)
def test_every_d_of_a_name_is_the_whole_derivative_of_the_loss(name, options):
    """The gradient of each value that an equation gives, by the complex step through all equations after it."""
    one = network(name, options)
    steps = one.run()
    forward = {(side, s.t, s.key): s.value for side, s in steps if not s.equation.backward}
    # The last equation for a name at a step has the whole gradient; that of h is dh, with dh_next in it.
    back = {(side, s.t, s.key): s.value for side, s in steps if s.equation.backward and s.t is not None}
    checked = set()
    for (side, t, key), value in forward.items():
        got = back.get((side, t, f"d{key}"))
        if got is None or key == "loss":
            continue
        checked.add(key)

        def loss(v, side=side, t=t, key=key, value=value):
            total = []
            for row in v:
                other = network(name, options)
                other.machines[side].nudges = {(t, key): row - value}
                list(other.forward())
                total.append(sum(other.machines["output"].values[k]["loss"].sum() for k in range(T)))
            return np.array(total)

        np.testing.assert_allclose(got, derivative(loss, value), atol=1e-12, err_msg=f"d{key}[{t}]")
    assert "logits" in checked and len(checked) > 1


@every_cell
def test_the_gradients_of_parameters_are_those_of_the_naive_passes_by_the_complex_step(name, options):
    one = network(name, options)
    one.run()
    weights = {f"layers.0.{key}": p for key, p in one.cell.params.items()}
    weights |= {f"output.{key}": p for key, p in one.layer.params.items()}
    x = np.eye(V)[one.symbols][:, np.newaxis]
    state = tuple(np.zeros((1, H)) for _ in one.states)
    both = len(one.lanes) > 1

    def loss(w):
        p = {key.removeprefix("layers.0."): v for key, v in w.items() if key.startswith("layers")}
        h, _ = run_cell(name, p, x, state * 2 if both else state)
        if both:  # symbol t from what stands before and after it
            zero = np.zeros((1, H))
            left, right = [zero, *(v[..., :H] for v in h[:-1])], [*(v[..., H:] for v in h[1:]), zero]
            h = [np.concatenate(np.broadcast_arrays(a, b), axis=-1) for a, b in zip(left, right)]
        return cross_entropy(w, h, one.targets[:, np.newaxis])

    for key, value in weights.items():
        expected = derivative(lambda v, key=key: loss({**weights, key: v}), value)
        side, _, name_of = key.removeprefix("layers.0.").rpartition(".")
        machine = one.machines[side]
        got = machine.found(f"d{name_of}", machine.values["total"])
        np.testing.assert_allclose(got, expected, atol=1e-9 * np.abs(expected).max(), err_msg=key)


@every_cell
def test_every_equation_stands_in_the_header(name, options):
    kind = getattr(CELLS[name], "kind", CELLS[name])
    header, _ = cell_header(kind, small(name) | options, V, H)
    lines = [" ".join(line.split()) for line in inspect.getsource(inspect.getmodule(kind)).splitlines()]
    for e in header.equations:
        assert e.text in lines[e.line - 1]
    assert {e.number for e in header.select(True)} == {e.number for e in header.select(False)}


@pytest.mark.parametrize("text", ["a * b", "foo(x)", "a +", "(a", "a)", "tanh", "1 where a > 0", "dLN(a)", "# 3"])
def test_an_expression_that_is_none_is_refused(text):
    with pytest.raises(Unreadable):
        parse(text)


def read(body, **options):
    return read_header(f"A cell.\n\n{body}", "mine.py", options, {"H": 2, "D": 3})


GOOD = "    (1)  h[t] = tanh(x[t] W)\n\n    (1') da = dh (1 - h[t]^2)\n"


@pytest.mark.parametrize(
    "body, said",
    [
        ("    (1)  h[t] = tanh(x[t] W\n", "mine.py, line 3: cannot read the equation .*'\\)' is missing"),
        ("    (1)  h[t] = softsign(x)\n", "line 3: .* no function softsign; known are sigmoid, tanh"),
        ("    (1)  h[t] = x,\n         and some words\n", "line 4: .* no = in 'and some words'"),
        ("    (1)  h[t] = x[t] W\n", "mine.py has no numbered backward equations such as \\(1'\\)"),
        ("h = tanh(a)\n", "mine.py has no numbered forward equations such as \\(1\\)"),
    ],
)
def test_a_header_that_cannot_be_read_is_told_with_its_line(body, said):
    with pytest.raises(HeaderError, match=said):
        read(body)


def test_options_choose_among_equations():
    body = GOOD + "    (2)  low:   y = 1\n                z = 2\n         high:  y = 3\n         w = 4\n"
    texts = [e.text for e in read(body, kind="low").select(False)]
    assert texts == ["h[t] = tanh(x[t] W)", "y = 1", "z = 2", "w = 4"]
    assert "y = 3" in [e.text for e in read(body, kind="high").select(False)]
    more = "    (2)  i = a,  f = b\nWith tied (Who 1999), in (2):  i = 1 - f\n"
    assert [e.text for e in read(GOOD + more).select(False)][1:] == ["i = a", "f = b"]
    assert [e.text for e in read(GOOD + more, tied=True).select(False)][1:] == ["f = b", "i = 1 - f"]
