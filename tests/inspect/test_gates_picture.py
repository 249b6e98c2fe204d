"""The picture of the gates: shares of saturated places, and histograms, for every kind of cell."""

import numpy as np
import pytest
from three_states import NAME
from tiny_models import LAYERS, LEVEL_TEXTS, H, png_size, tiny, vocabulary_of

from minrnn.inspect import reading
from minrnn.inspect.gates_picture import COLOURS, draw_gates, draw_histogram, draw_saturation, saturation
from minrnn.inspect.reading import GATE, SIGNED


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
