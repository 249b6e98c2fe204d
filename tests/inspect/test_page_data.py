"""The data of the page: what it keeps of a reading, in bytes, and what has no room is named."""

import numpy as np
from tiny_models import LEVEL_TEXTS, H, reading_of, tiny, vocabulary_of

from minrnn.inspect import page, reading
from minrnn.inspect.reading import GATE, SIGNED
from minrnn.system.visible import visible


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
