"""Units that follow what a person sees in a text, and the legend that says what each value means."""

import numpy as np
import pytest
from tiny_models import LEVEL_TEXTS, H, reading_of, tiny, vocabulary_of

from minrnn.inspect import reading
from minrnn.inspect.legend import KNOWN, legend
from minrnn.inspect.reading import Reading
from minrnn.inspect.units import correlations, properties, remarkable


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
