"""Seeing inside a model: every number that is drawn, compared with a slow way to compute it."""

import json
import struct
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, assert_refused
from texts import text_of
from three_states import NAME, add_three_states

from cells import CELLS, GRU
from data import LEVELS, TextError
from minrnn import checkpoint
from minrnn.checkpoint import file
from minrnn.generation.score import score
from minrnn.gradcheck import reference, reference_model
from minrnn.inspect import page, reading, views
from minrnn.inspect.beside import check_same_symbols
from minrnn.inspect.gates_picture import COLOURS, draw_gates, draw_histogram, draw_saturation, saturation
from minrnn.inspect.lag import gradient_by_lag, of_h, reach, summary
from minrnn.inspect.lag_picture import draw_lags, draw_lines
from minrnn.inspect.legend import KNOWN, legend
from minrnn.inspect.matters import NARROW, PAIRS, matters, reach_on_page
from minrnn.inspect.reading import GATE, SIGNED, Reading
from minrnn.inspect.units import correlations, properties, remarkable
from minrnn.inspect.views import unique_names
from minrnn.nn.build import build
from minrnn.system.errors import OptionError
from minrnn.system.visible import visible

V, H, LAYERS, LAGS, PLACES = 7, 5, 2, 4, 3


def tiny(cell, rng, V=V, dtype=np.float64, **settings):
    """A model with weights that are no special values."""
    model = build({"V": V, "cell": cell, "layers": LAYERS, "hidden": H, **settings}, rng, dtype)
    model.params += 0.3 * rng.standard_normal(model.params.size).astype(dtype)
    return model


@pytest.fixture
def three_states(monkeypatch):
    return add_three_states(monkeypatch)


# The gradient against the lag


def slow_losses(model, read, targets):
    """The sum of -log p of targets (M,), for `read` {stack: (inputs left to read, states of its layers)}."""
    w = model.weights()
    h = []
    for name, (v, states) in read.items():
        outputs = [state[0] for state in slow_steps(model, name, v, states)]
        h.append(sum(outputs) if model.config["skip"] else outputs[-1])
    shape = np.broadcast_shapes(*(part.shape for part in h))
    last = np.concatenate([np.broadcast_to(part, shape) for part in h], axis=-1)
    return reference_model.cross_entropy(w, [last], targets[np.newaxis]) * targets.size


def slow_steps(model, name, v, states):
    """The states of all layers of a stack after the naive steps over v, a list over time."""
    w, kind = model.weights(), model.config["cell"].removeprefix("bi")
    for x in v:
        new = []
        for k, state in enumerate(states):
            p = {key.split(".", 2)[2]: value for key, value in w.items() if key.startswith(f"{name}.{k}.")}
            new.append(reference.STEPS[kind](p, x, state, reference.sigmoid))
            x = new[-1][0]
        states = new
    return states


LAG_MODELS = [*((cell, {}) for cell in (*CELLS, NAME)), ("lstm", {"embed": 6}),
              ("gru", {"embed": H, "tie_weights": True}), ("bigru", {"skip": True}),
              ("lstm", {"embed": 6, "tie_weights": True, "projection": 6, "skip": True})]  # fmt: skip


@pytest.mark.usefixtures("three_states")
@pytest.mark.parametrize("cell, settings", LAG_MODELS, ids=lambda v: str(v))
def test_the_gradient_at_every_lag_is_the_complex_step_of_the_state_there(cell, settings, rng):
    model = tiny(cell, rng, **settings)
    both = model.directions == 2
    symbols = rng.integers(V, size=2 * LAGS * model.directions + PLACES)
    norms = gradient_by_lag(model, symbols, LAGS, PLACES)
    where = 2 * LAGS + np.arange(PLACES)
    away = np.arange(2 * LAGS, 0, -1)[:, np.newaxis]
    contexts = {name: symbols[where - away] for name in model.stacks if name != "backward"}
    if both:
        contexts["backward"] = symbols[where + away]
    read = {}
    for name, x in contexts.items():
        names = model.stacks[name].layers[0].states
        zero = [tuple(np.zeros((PLACES, H)) for _ in names) for _ in range(LAYERS)]
        read[name] = reference_model.inputs(model.weights(), x, V, None), zero
    expected = {}
    for name, (v, zero) in read.items():
        for lag in range(1, LAGS + 1):
            states = slow_steps(model, name, v[:-lag], zero)
            for k, state in enumerate(states):
                for part, value in enumerate(state):

                    def loss(bumped, name=name, v=v[-lag:], states=states, k=k, state=state, part=part):
                        changed = (*state[:part], bumped, *state[part + 1 :])
                        return slow_losses(model, read | {name: (v, [*states[:k], changed, *states[k + 1 :]])},
                                           symbols[where])  # fmt: skip

                    gradient = reference.derivative(loss, value)
                    expected.setdefault(f"{name}.{k}.{names[part]}", []).append(
                        np.linalg.norm(gradient, axis=1) / np.sqrt(H)
                    )
    assert list(norms) == list(expected)
    for name, rows in expected.items():
        assert norms[name].shape == (LAGS, PLACES)
        np.testing.assert_allclose(norms[name], rows, rtol=1e-9, atol=1e-15, err_msg=name)


def test_norms_far_below_what_float32_holds_are_kept(rng):
    model = tiny("rnn", rng, dtype=np.float32)
    for name, w in model.weights().items():
        w *= 0.001 if name.endswith("Wh") else 1
    norms = of_h(gradient_by_lag(model, rng.integers(V, size=99), 25))
    assert 0 < norms[-1].max() < 1e-50
    assert 2 <= reach(norms) < 5


def test_the_reach_is_the_first_lag_below_a_hundredth_of_the_first():
    norms = np.array([[3.0, 1.0], [0.1, 0.1], [0.01, 0.02], [0.0, 0.01]])
    assert reach(norms) == 3
    assert reach(norms[:2]) is None


def test_cells_are_compared_by_h_alone_and_per_unit(rng):
    h = {"layers.0.h": rng.random((LAGS, 9)), "layers.1.h": rng.random((LAGS, 9))}
    expected = np.sqrt((h["layers.0.h"] ** 2 + h["layers.1.h"] ** 2) / 2)
    np.testing.assert_allclose(of_h(h), expected)
    np.testing.assert_allclose(of_h(h | {"layers.0.c": 99 * h["layers.0.h"]}), expected)


def test_twice_as_many_units_that_share_the_work_have_half_the_gradient_each(rng):
    one = tiny("rnn", rng, embed=3)
    two = build(one.config | {"hidden": 2 * H}, dtype=np.float64)
    for name, w in two.weights().items():
        v = one.weights()[name]
        halves = [k for k, (wide, narrow) in enumerate(zip(w.shape, v.shape)) if wide != narrow]
        for axis in halves:
            v = np.concatenate([v, v], axis=axis)
        # A unit reads both copies of the layer below and of its own, each at half the weight.
        w[:] = v / (2 if 0 in halves and w.ndim == 2 else 1)
    symbols = rng.integers(V, size=40)
    np.testing.assert_allclose(
        of_h(gradient_by_lag(two, symbols, LAGS)), of_h(gradient_by_lag(one, symbols, LAGS)) / 2, rtol=1e-9
    )


def test_the_lines_of_the_picture_are_the_means(rng):
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    norms = {f"layers.{k}.{part}": rng.random((LAGS, 9)) for k in range(2) for part in "hc"}
    draw_lines(axes, "lstm", norms, "C0")
    whole, first, second = (line.get_ydata() for line in axes.lines)
    np.testing.assert_allclose(whole, of_h(norms).mean(axis=1))
    np.testing.assert_allclose(first, norms["layers.0.h"].mean(axis=1))
    np.testing.assert_allclose(second, norms["layers.1.h"].mean(axis=1))
    assert list(axes.lines[0].get_xdata()) == [1, 2, 3, 4]


# How much each symbol mattered


@pytest.mark.usefixtures("three_states")
@pytest.mark.parametrize("cell, settings", LAG_MODELS, ids=lambda v: str(v))
def test_what_mattered_is_the_complex_step_of_every_input_vector(cell, settings, rng, monkeypatch):
    n, reach = 7, 5
    monkeypatch.setattr("minrnn.inspect.matters.ROWS", 3)
    model = tiny(cell, rng, **settings)
    symbols, opening = rng.integers(V, size=n), np.array([2])
    found = matters(model, symbols, opening, reach)
    assert [v.shape for v in found] == [(n, reach)] * model.directions
    state = [tuple(np.zeros((1, H)) for _ in next(iter(model.stacks.values())).layers[0].states) for _ in range(LAYERS)]
    for t in range(n):
        read = {"layers": np.concatenate([opening, symbols[:t]])}
        if model.directions == 2:
            read = {"forward": symbols[:t], "backward": symbols[:t:-1]}
        vectors = {
            name: np.array(reference_model.inputs(model.weights(), x[:, np.newaxis], V, None)) if len(x) else None
            for name, x in read.items()
        }

        def loss(changed, t=t, vectors=vectors):
            return slow_losses(model, {name: (v if v is not None else [], state)
                                       for name, v in (vectors | changed).items()}, symbols[t : t + 1])  # fmt: skip

        for norms, (name, v) in zip(found, vectors.items(), strict=True):
            steps = min(t if name != "backward" else n - 1 - t, reach)
            assert not norms[t, steps:].any()
            if steps:
                gradient = reference.derivative(
                    lambda tail, name=name, v=v, steps=steps: loss({name: [*v[:-steps], *np.moveaxis(tail, -3, 0)]}),
                    v[-steps:],
                )
                expected = np.linalg.norm(gradient[::-1, 0], axis=1)
                np.testing.assert_allclose(norms[t, :steps], expected, rtol=1e-9, atol=1e-15, err_msg=f"{name} {t}")


def test_a_page_looks_back_as_far_as_it_has_room(rng):
    one_hot, embedded = tiny("rnn", rng), tiny("rnn", rng, embed=3)
    assert reach_on_page(one_hot, 50, 100) == 49 and reach_on_page(one_hot, 500, 100) == 100
    assert reach_on_page(one_hot, 20_000, 100) == 5 and reach_on_page(tiny("birnn", rng), 10_000, 100) == 5
    one_hot.config["V"] = embedded.config["V"] = 10_240
    assert reach_on_page(one_hot, 500, 100) == 5 and reach_on_page(embedded, 500, 100) == 100


def test_the_docs_tell_how_far_back_a_page_looks():
    told = " ".join((ROOT / "docs" / "inspect.md").read_text(encoding="utf-8").split())
    assert f"{PAIRS:,} pairs" in told and f"{PAIRS // 2000} for 2,000 symbols, {PAIRS // 1000} for 1,000" in told
    assert f"One-hot rows of more than {NARROW} symbols" in told


def test_norms_can_be_read_back_from_bytes(rng):
    norms = [rng.random((9, 4)) ** 3, rng.random((9, 4)) ** 3]
    norms[0][2] = norms[1][2] = 0
    told, packed = page.packed_norms(norms, 100)
    assert told["at"] == [100, 136] and told["reach"] == 4
    q = np.frombuffer(packed, np.uint8).reshape(2, 9, 4) / 255.0
    most = np.maximum(norms[0].max(axis=1), norms[1].max(axis=1))
    np.testing.assert_allclose(told["most"], most, rtol=1e-3)
    np.testing.assert_allclose(q**2 * most[:, np.newaxis], norms, atol=most.max() / 250)


def test_norms_that_are_not_finite_leave_a_page_that_a_browser_reads():
    told, packed = page.packed_norms([np.array([[np.inf, 1.0], [np.nan, 3.0], [np.nan, np.inf]])], 0)
    assert told["most"] == [1e300, 3, 1e300] and list(packed) == [255, 0, 0, 255, 0, 255]


# What cells and models compute


# The gates in the order in which the naive step squashes them, and the candidate.
SQUASHED = {"rnn": "", "gru": "rz", "lstm": "fio", "lnlstm": "fio", "mixgru": "rz", "mogrifier": "fio", "mingru": "z"}
SQUASHED |= {"minlstm": "if"}
SHARES = {
    "rz": lambda r, z: (z, 1 - z),
    "fio": lambda f, i, o: (f, i),
    "z": lambda z: (1 - z, z),
    "if": lambda i, f: (f / (f + i), i / (f + i)),
}
CANDIDATES = {"gru": "n", "lstm": "g", "lnlstm": "g", "mixgru": "n", "mogrifier": "g", "mingru": "n", "minlstm": "g"}


@pytest.mark.parametrize("name", [name for name in CELLS if not name.startswith("bi")])
def test_activations_are_those_of_the_naive_steps(name, rng):
    T, N, D = 3, 4, 6
    cell = CELLS[name](D, H, dtype=np.float64, rng=rng)
    for p in cell.params.values():
        p += 0.3 * rng.standard_normal(p.shape)
    x = rng.standard_normal((T, N, D))
    cell.forward(x)
    got = cell.activations()
    state = tuple(np.zeros((N, H)) for _ in cell.states)
    for t in range(T):
        squashed = []

        def squash(a, squashed=squashed):
            squashed.append(reference.sigmoid(a))
            return squashed[-1]

        before, state = state, reference.STEPS[name](cell.params, x[t], state, squash)
        expected = dict(zip("hc", state)) | dict(zip(SQUASHED[name], squashed))
        if squashed:  # the last state is now `kept` times the old one plus `written` times the candidate
            kept, written = SHARES[SQUASHED[name]](*squashed)
            expected[CANDIDATES[name]] = (state[-1] - kept * before[-1]) / written
        assert set(got) == set(expected)
        for key, value in expected.items():
            np.testing.assert_allclose(got[key][t], value, atol=1e-12, err_msg=key)


def test_both_halves_of_a_bidirectional_cell_return_activations_in_the_order_of_x(rng):
    cell = CELLS["bilstm"](6, H, dtype=np.float64, rng=rng)
    h, _ = cell.forward(rng.standard_normal((3, 4, 6)))
    got = cell.activations()
    assert set(got) == {f"{side}.{name}" for side in ("forward", "backward") for name in "hcifgo"}
    np.testing.assert_array_equal(np.concatenate([got["forward.h"], got["backward.h"]], axis=2), h)


LEVEL_TEXTS = {"char": "Zoë said: “no”.\n" * 5, "word": "the cat, the mat\nand it's\n" * 5, "byte": "äß\t\n" * 9}


def vocabulary_of(level, content):
    text = text_of(content)
    vocabulary = LEVELS[level].learn(text)
    return text, vocabulary, vocabulary.encode_text(text)[0]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("cell", ["gru", "bilstm"])
def test_the_mean_surprise_is_the_score(level, cell, rng):
    text, vocabulary, symbols = vocabulary_of(level, LEVEL_TEXTS[level])
    model = tiny(cell, rng, V=len(vocabulary))
    told = score(model, vocabulary, str(text.files[0]))
    mean = reading.read(model, vocabulary, symbols).surprise.mean()
    assert f"nats a symbol     {mean:.4f}" in told


@pytest.mark.parametrize("cell", ["lstm", "bigru"])
def test_a_reading_holds_what_the_model_computes_in_one_piece(cell, rng, monkeypatch):
    _, vocabulary, symbols = vocabulary_of("char", LEVEL_TEXTS["char"])
    model = tiny(cell, rng, V=len(vocabulary))
    one_way = model.directions == 1
    if one_way:
        monkeypatch.setattr(reading, "WINDOW", 11)
    model.reuse_memory()
    got = reading.read(model, vocabulary, symbols)
    x = np.concatenate([vocabulary.opening(), symbols] if one_way else [symbols]).astype(int)[:, np.newaxis]
    logits = model.forward(x)[0][: len(symbols), 0]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(got.surprise, -np.log(p[np.arange(len(p)), symbols]), rtol=1e-9)
    np.testing.assert_array_equal(got.guesses, np.argsort(-p, axis=1)[:, :5])
    np.testing.assert_allclose(got.chances, -np.sort(-p, axis=1)[:, :5], rtol=1e-9)
    top = "layer 2" if one_way else "forward 2"
    h, _ = model.stacks["layers" if one_way else "forward"].forward(model.vectors(x))
    np.testing.assert_allclose(got.layers[top]["h"], h[1:, 0] if one_way else h[:, 0], rtol=1e-9)
    if not one_way:
        h, _ = model.stacks["backward"].forward(model.vectors(x)[::-1])
        np.testing.assert_allclose(got.layers["backward 1"]["h"], model.stacks["backward"].layers[0]
                                   .activations()["h"][::-1][:, 0], rtol=1e-9)  # fmt: skip
        np.testing.assert_allclose(got.layers["backward 2"]["h"], h[::-1][:, 0], rtol=1e-9)


# Pictures, units and pages


def test_saturation_is_the_share_of_places_below_and_above():
    v = np.array([[0.05, 0.5], [0.95, 0.5], [0.02, 0.99], [0.5, 0.5]])
    low, high = saturation(v, 0.1, 0.9)
    assert list(low) == [0.5, 0] and list(high) == [0.25, 0.25]


@pytest.fixture
def axes():
    from matplotlib.figure import Figure

    return Figure().add_subplot()


def colours_of(names):
    return dict(zip(names, COLOURS))


@pytest.mark.parametrize("names, ends, low", [("ifo", GATE, 0.1), ("rz", GATE, 0.1), ("h", SIGNED, -0.9)])
def test_the_dots_of_the_picture_are_the_saturation_of_units(names, ends, low, axes, rng):
    values = {name: rng.uniform(*ends, (30, H)) for name in names}
    draw_saturation(axes, values, ends, colours_of(names))
    assert [dots.get_label() for dots in axes.collections] == list(names)
    for dots, v in zip(axes.collections, values.values()):
        np.testing.assert_array_equal(
            dots.get_offsets(), np.transpose([(v < low).mean(axis=0), (v > 0.9).mean(axis=0)])
        )
    assert str(low) in axes.get_xlabel() and "0.9" in axes.get_ylabel()


@pytest.mark.parametrize("names, ends", [("ifo", GATE), ("gh", SIGNED)])
def test_the_steps_of_the_picture_are_histograms(names, ends, axes, rng):
    values = {name: rng.uniform(*ends, (30, H)) for name in names}
    draw_histogram(axes, values, ends, colours_of(names))
    assert [steps.get_label() for steps in axes.patches] == list(names)
    for steps, v in zip(axes.patches, values.values()):
        counts, edges = np.histogram(v, 50, ends)
        np.testing.assert_allclose(steps.get_data().values, counts / v.size)
        np.testing.assert_allclose(steps.get_data().edges, edges)
        assert steps.get_data().values.sum() == pytest.approx(1)


def test_what_has_no_bounds_is_drawn_without_its_outer_hundredths(axes, rng):
    v = 50 * rng.standard_normal((300, H))
    draw_histogram(axes, {"c": v}, None, colours_of("c"))
    (steps,) = axes.patches
    middle = np.sort(v, axis=None)[15:1485]
    assert steps.get_data().values.sum() * v.size == pytest.approx(middle.size, abs=2)
    counts, edges = np.histogram(v, 50, np.quantile(v, [0.01, 0.99]))
    np.testing.assert_allclose(steps.get_data().values, counts / v.size)
    np.testing.assert_allclose(steps.get_data().edges, edges)


def test_properties_are_those_that_a_person_sees():
    text = 'if (a):\n  print("B2", [x])\n'
    seen = properties(list(text))
    assert list(seen["place in the line"][:9]) == [1, 2, 3, 4, 5, 6, 7, 0, 1]
    assert "".join(c for c, q in zip(text, seen["inside quotes"]) if q) == '"B2'
    assert "".join(c for c, q in zip(text, seen["inside brackets"]) if q) == '(a("B2", [x]'
    assert np.flatnonzero(seen["the margin of a line"]).tolist() == [8, 9]
    assert "".join(c for c, q in zip(text, seen["digits"]) if q) == "2"
    words = properties(["if", " (", "a", "):", "\n  ", "print"])
    assert list(words["place in the line"]) == [2, 4, 5, 7, 2, 7]


def reading_of(layers, states, ranges=None):
    """A Reading that has nothing but activations."""
    return Reading(None, None, None, None, layers, states, ranges or {})


def test_the_unit_that_follows_a_property_is_found(rng):
    text = 'say "yes and no" or "perhaps"\n' * 9
    h, c = (rng.standard_normal((len(text), H)) for _ in range(2))
    c[:, 3] = 0.2 * c[:, 3] - properties(list(text))["inside quotes"]
    h[:, 2] *= 9
    layers = {"layer 1": {"h": h[:, ::-1], "c": h[:, ::-1]}, "layer 2": {"h": h, "c": c}}
    found = {one["why"]: one for one in remarkable(reading_of(layers, ("h", "c")), list(text))[::-1]}
    quotes = found["inside quotes"]
    assert (quotes["layer"], quotes["value"], quotes["unit"]) == ("layer 2", "c", 3)
    expected = np.corrcoef(c[:, 3], properties(list(text))["inside quotes"])[0, 1]
    assert quotes["r"] == pytest.approx(expected) and expected < -0.8
    assert found["varies most"]["unit"] == 2
    assert "digits" not in found
    assert list(correlations(np.ones((4, 2)), np.arange(4.0))) == [0, 0]


def test_activations_can_be_read_back_from_bytes(rng):
    v = rng.standard_normal((9, 4)) * [1e-3, 1, 50, 0]
    q, scale = page.quantised(v, gate=False)
    assert q.shape == (4, 9) and q.dtype == np.uint8
    back = (q.T.astype(float) - 128) / 127 * scale
    assert (np.abs(back - v) <= np.array(scale) / 253).all()
    gates = rng.random((9, 4))
    q, scale = page.quantised(gates, gate=True)
    assert scale is None and np.abs(q.T / 255 - gates).max() <= 0.5 / 255 + 1e-12


def test_what_has_no_room_on_the_page_is_left_out_and_named(rng, monkeypatch):
    layers = {f"layer {k}": {name: rng.random((10, 6)) for name in "ifgohc"} for k in (1, 2)}
    monkeypatch.setattr(page, "MAX_BYTES", 60 * 3)
    described, memory, left_out = page.packed(reading_of(layers, ("h", "c")))
    assert [[v["name"] for v in layer["values"]] for layer in described] == [["h", "c"], ["h"]]
    assert len(memory) == 180 and left_out[0] == "c of layer 2" and len(left_out) == 9
    assert "c of layer 2" in page.note(left_out)


def test_a_page_has_every_state_and_the_gates_of_a_cell_that_nobody_knows(three_states, rng):
    _, vocabulary, symbols = vocabulary_of("char", LEVEL_TEXTS["char"])
    got = reading.read(tiny(three_states, rng, V=len(vocabulary)), vocabulary, symbols)
    assert got.states == ("h", "c", "s") and got.ranges == {"f": GATE, "g": SIGNED, "h": SIGNED}
    described, memory, left_out = page.packed(got)
    for layer, v in zip(described, got.layers.values()):
        assert [value["name"] for value in layer["values"]] == ["h", "c", "s", "f", "g"] and not left_out
        assert [value["scale"] is None for value in layer["values"]] == [False, False, False, True, False]
        at = layer["values"][2]["at"]
        s = (np.frombuffer(memory, np.uint8)[at : at + v["s"].size].reshape(H, -1).T.astype(float) - 128) / 127
        np.testing.assert_allclose(s * layer["values"][2]["scale"], v["s"], atol=np.abs(v["s"]).max() / 250)


@pytest.mark.parametrize("cell", [*KNOWN, "bigru", "bilstm"])
def test_the_legend_names_every_activation_of_our_cells(cell, rng):
    _, vocabulary, symbols = vocabulary_of("char", LEVEL_TEXTS["char"])
    got = reading.read(tiny(cell, rng, V=len(vocabulary)), vocabulary, symbols)
    meanings = legend(got)
    assert list(meanings) == list(got.layers[next(iter(got.layers))])
    assert not [
        name for name, meaning in meanings.items() if "an activation of this" in meaning or "part of" in meaning
    ]
    assert got.both_sides == cell.startswith("bi")


def test_the_legend_says_which_way_an_update_gate_turns(rng):
    for cell, keeps in (("gru", "near 1, h stays as it was"), ("mingru", "near 1, the candidate replaces h")):
        model = tiny(cell, rng)
        model.forward(np.zeros((1, 1), int))
        assert keeps in legend(Reading(None, None, None, None, reading.activations(model), ("h",), {}, cell))["z"]


def test_the_legend_of_a_cell_that_nobody_knows_claims_no_more_than_ranges(three_states, rng):
    _, vocabulary, symbols = vocabulary_of("char", LEVEL_TEXTS["char"])
    meanings = legend(reading.read(tiny(three_states, rng, V=len(vocabulary)), vocabulary, symbols))
    assert meanings["f"] == "an activation of this cell (from 0 to 1)"
    assert meanings["c"] == "part of the state (without bounds)"


def test_the_state_that_follows_a_property_may_be_any_part(three_states, rng):
    text = 'say "yes and no" or "perhaps"\n' * 9
    quoted = properties(list(text))["inside quotes"]
    layers = {"layer 1": {name: 0.1 * rng.standard_normal((len(text), H)) for name in "hcs"}}
    layers["layer 1"]["s"][:, 2] += quoted
    found = {one["why"]: one for one in remarkable(reading_of(layers, ("h", "c", "s")), list(text))}
    assert (found["inside quotes"]["value"], found["inside quotes"]["unit"]) == ("s", 2)


def test_activations_that_nobody_knows_have_colours_of_their_own(three_states, rng, tmp_path, monkeypatch):
    _, vocabulary, symbols = vocabulary_of("char", LEVEL_TEXTS["char"])
    seen = {}

    def spy(axes, values, ends, colours):
        seen.update({name: (colours[name], ends) for name in values})

    monkeypatch.setattr("minrnn.inspect.gates_picture.draw_histogram", spy)
    draw_gates(reading.read(tiny(three_states, rng, V=len(vocabulary)), vocabulary, symbols), tmp_path / "a.png", "t")
    assert {name: ends for name, (_, ends) in seen.items()} == {
        "f": GATE,
        "g": SIGNED,
        "h": SIGNED,
        "c": None,
        "s": None,
    }
    assert len({colour for colour, _ in seen.values()}) == 5


def test_a_gradient_that_is_zero_is_told_and_drawn_without_a_warning(rng, tmp_path, recwarn):
    norms = gradient_by_lag(tiny("lstm", rng, V=1), np.zeros(30, int), LAGS)
    assert summary("one", norms).endswith("; zero: nothing that was read changes the prediction")
    draw_lags({"one": norms}, tmp_path / "lag.png")
    assert png_size(tmp_path / "lag.png") and not recwarn.list


def test_every_symbol_can_be_seen():
    signs = ["↵\n", "⇥\t", " ", "a", "\\x00", "\\x1B", "\\x7F", "\\u{A0}", "\\u{202E}", "◌\u0301", "é", "\U0001f600"]
    assert [visible(c) for c in "\n\t a\x00\x1b\x7f\u00a0\u202e\u0301é\U0001f600"] == signs
    assert [visible(c) for c in "\u20dd\u0903"] == ["◌\u20dd", "◌\u0903"]
    for c in "\ufe0f\ufe00\u034f\U000e0100\U000e01ef\u17b4\u180b\u3164\u115f\u1160\uffa0\u2800":
        assert visible(c) == f"\\u{{{ord(c):X}}}"


def test_the_page_shows_bytes_that_are_no_characters_by_their_numbers(rng):
    _, vocabulary, symbols = vocabulary_of("byte", "Aé\n" * 9)
    data = page.page_data(reading.read(tiny("rnn", rng, V=256), vocabulary, symbols), vocabulary, "title", "about")
    assert [data["alphabet"][k] for k in data["text"][:4]] == ["A", "\\xC3", "\\xA9", "↵\n"]
    assert {"\\xC3", "\\xA9", "↵\n"} <= {data["alphabet"][k] for k in data["signs"]}


# The command


@pytest.fixture
def inspect(script):
    return partial(script, "minrnn.inspect")


def png_size(path):
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", data[16:24])


def test_the_command_writes_two_pictures_and_a_page(trained, text_file, tmp_path, inspect):
    result = inspect(
        trained, trained / "last.pkl", "--text", text_file, "--out", tmp_path, "--lags", 12, "--unit", "1:9"
    )
    assert result.returncode == 0, result.stderr
    names = [
        f"{kind}-cats-{which}.{end}" for which in ("best", "last") for kind, end in (("gates", "png"), ("page", "html"))
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["lag.png", *names])
    assert all(name in result.stdout for name in ["lag.png", *names])
    assert "at lag 10" in result.stdout and "cats-last" in result.stdout
    assert png_size(tmp_path / "lag.png") == (880, 550)
    width, height = png_size(tmp_path / "gates-cats-best.png")
    assert 1000 < width < 1500 and 250 < height < 500
    html = (tmp_path / "page-cats-best.html").read_text(encoding="utf-8")
    data = json.loads(html.split('id="data">')[1].split("</script>")[0])
    assert len(data["text"]) == 2000 and data["start"] == {"layer": 0, "unit": 8, "value": "h"}


def test_a_model_beside_another_shares_its_page_and_has_a_line_of_its_own(trained, text_file, tmp_path, inspect):
    result = inspect(
        trained,
        "--beside",
        trained / "last.pkl",
        "--text",
        text_file,
        "--out",
        tmp_path,
        "--lags",
        12,
        "--symbols",
        300,
    )
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gates.png", "lag.png", "page.html"]
    assert "cats-best: gradient" in result.stdout and "cats-last: gradient" in result.stdout
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    data = json.loads(html.split('id="data">')[1].split("</script>")[0])
    assert data["beside"]["names"] == ["cats-best", "cats-last"]
    assert len(data["beside"]["surprise"]) == len(data["surprise"]) == 300


def test_models_beside_one_another_must_read_the_same_symbols():
    letters, words = LEVELS["char"](list(" acet")), LEVELS["char"](list("t ace"))
    text = "a cat"
    ids = [np.array(v.encode(text)) for v in (letters, words)]
    check_same_symbols(("a", "b"), (letters, words), ids)
    with pytest.raises(OptionError, match="number 3 of the text is 'c' for a and 'e' for b"):
        check_same_symbols(("a", "b"), (letters, letters), (ids[0], letters.encode("a eat")))
    with pytest.raises(OptionError, match="number 4 of the text is 'a' for a and the end for b"):
        check_same_symbols(("a", "b"), (letters, letters), (ids[0], ids[0][:3]))


@pytest.mark.usefixtures("three_states")
@pytest.mark.parametrize(
    "cell, width",
    [
        ("gru", 3),
        (NAME, 5),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in (("rnn", 2), ("lnlstm", 4), ("bigru", 3))),
    ],
)
def test_gates_are_drawn_for_every_kind_of_cell(cell, width, rng, tmp_path):
    _, vocabulary, symbols = vocabulary_of("char", LEVEL_TEXTS["char"])
    model = tiny(cell, rng, V=len(vocabulary))
    got = reading.read(model, vocabulary, symbols)
    assert len(got.layers) == LAYERS * model.directions
    draw_gates(got, tmp_path / "gates.png", "a title")
    assert png_size(tmp_path / "gates.png")[0] == pytest.approx(3.4 * 90 * width, abs=2)


BAD = {
    "an unknown symbol": (["--text", "odd.txt"], ["🎉", "symbols this model knows"]),
    "an empty text": (["--text", "empty.txt"], ["empty.txt is empty"]),
    "a short text": (["--text", "short.txt"], ["3 symbols", "--lags 100 needs 201"]),
    "bytes that are no text": (["--text", "bytes.bin"], ["bytes.bin", "is not UTF-8", "train with --level byte"]),
    "a missing text": (["--text", "nowhere.txt"], ["nowhere.txt does not exist"]),
    "no text": ([], ["--text"]),
    "an unknown unit": (
        ["--text", "good.txt", "--unit", "1:300"],
        ["unit 300 of layer 1", "has layer 1 with 16 units"],
    ),
    "an unknown layer": (["--text", "good.txt", "--unit", "2:3"], ["unit 3 of layer 2", "has layer 1 with 16 units"]),
    "half a unit": (["--text", "good.txt", "--unit", "3"], ["'3' is not LAYER:UNIT"]),
    "a negative unit": (["--text", "good.txt", "--unit", "1:-3"], ["'1:-3' is not LAYER:UNIT"]),
    "no lags": (["--text", "good.txt", "--lags", 0], ["--lags", "1 or more"]),
    "too long a page": (["--text", "good.txt", "--symbols", 10**6], ["--symbols 1000000", "at most 20000"]),
    "no folder to write to": (["--text", "good.txt", "--out", "good.txt"], ["cannot write into good.txt"]),
    "an unknown symbol for two models": (
        ["--beside", "r", "--text", "odd.txt"],
        ["best.pkl: '🎉'", "this model knows"],
    ),
    "a missing model beside": (["--text", "good.txt", "--beside", "nowhere.pkl"], ["nowhere.pkl", "cannot be read"]),
    "a missing model": (["nowhere.pkl", "--text", "good.txt"], ["nowhere.pkl", "cannot be read"]),
    "no model": (["good.txt", "--text", "good.txt"], ["good.txt", "not a minrnn checkpoint"]),
    "a folder without a run": ([".", "--text", "good.txt"], ["folder without a run"]),
}


@pytest.mark.parametrize("arguments, words", BAD.values(), ids=BAD)
def test_bad_input_is_refused_in_one_line(arguments, words, trained, text_file, tmp_path, inspect):
    texts = {"odd": "The cat 🎉.", "empty": "", "short": "cat", "good": text_file.read_text()}
    for name, content in texts.items():
        (tmp_path / f"{name}.txt").write_text(content, encoding="utf-8")
    (tmp_path / "bytes.bin").write_bytes(bytes(range(128, 256)) * 5)
    arguments = [trained if a == "r" else a for a in arguments]
    assert_refused(inspect(trained, *arguments), "python -m minrnn.inspect: ", *words)
    assert not (trained / "inspect").exists()


def test_nan_weights_are_refused(trained, text_file, tmp_path, inspect):
    saved = checkpoint.load(trained / "best.pkl")
    saved["weights"]["output.b"][0] = np.nan
    (tmp_path / "nan.pkl").write_bytes(file.encoded(saved))
    assert_refused(inspect(tmp_path / "nan.pkl", "--text", text_file), "nan.pkl", "not finite")


def test_a_text_too_short_for_a_bidirectional_model_needs_both_sides(rng):
    with pytest.raises(TextError, match=r"40 symbols, and --lags 10 needs 41"):
        gradient_by_lag(tiny("bigru", rng), rng.integers(V, size=40), 10)
    assert gradient_by_lag(tiny("bigru", rng), rng.integers(V, size=41), 10)["forward.0.h"].shape == (10, 1)


def test_a_single_model_has_its_views_in_a_folder_beside_it(trained, text_file, tmp_path, inspect):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "last.pkl").write_bytes((trained / "last.pkl").read_bytes())
    result = inspect(tmp_path / "run", "--text", text_file, "--lags", 1, "--symbols", 1)
    assert result.returncode == 0, result.stderr
    assert sorted(p.name for p in (tmp_path / "run" / "inspect").iterdir()) == ["gates.png", "lag.png", "page.html"]


@pytest.mark.parametrize("said", [None, {}])
def test_a_cell_that_does_not_say_what_it_computes_is_refused(said, rng, monkeypatch):
    class Silent:
        """All that a model needs of a cell, and no activations."""

        def __init__(self, *given, **options):
            self.cell = GRU(*given, **options)
            self.params, self.grads, self.H = self.cell.params, self.cell.grads, self.cell.H
            self.forward, self.zero_state = self.cell.forward, self.cell.zero_state
            if said is not None:
                self.activations = lambda: said

    monkeypatch.setitem(CELLS, "gru", Silent)
    _, vocabulary, symbols = vocabulary_of("char", LEVEL_TEXTS["char"])
    with pytest.raises(OptionError, match="cell gru does not say what it computes"):
        reading.read(tiny("gru", rng, V=len(vocabulary)), vocabulary, symbols)


@pytest.mark.parametrize("size", [1e30, *(pytest.param(size, marks=pytest.mark.slow) for size in (1e4, 1e15))])
def test_a_model_of_large_weights_is_shown(size, rng, tmp_path):
    _, vocabulary, symbols = vocabulary_of("char", LEVEL_TEXTS["char"])
    model = tiny("lstm", rng, V=len(vocabulary), dtype=np.float32)
    model.params *= np.float32(size)
    views.write_views(tmp_path / "gates.png", tmp_path / "page.html", model, vocabulary, symbols, "a title", None, LAGS)
    assert png_size(tmp_path / "gates.png")
    assert "nats a symbol" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_every_model_has_a_name_of_its_own():
    paths = [Path(p) for p in ("a/x/best.pkl", "b/x/best.pkl", "c/x-best-2/best.pkl", "d/y/best.pkl", "d/y/last.pkl")]
    names = unique_names(paths)
    assert len(set(names)) == 5 and names[:2] + names[3:] == ["x-best", "x-best-2", "y-best", "y-last"]
