"""The numbers of a score: with the state carried, and from a zero state every 256 symbols."""

import numpy as np
import pytest

from minrnn.generation import score
from minrnn.generation.score import GROUP, LONG, PIECES, RESET, ROWS, carried_pieces, losses, mean, reset_pieces
from minrnn.nn.build import build


def models():
    return [
        build({"V": 5, "cell": cell, "layers": 2, "hidden": 6}, np.random.default_rng(1)) for cell in ("gru", "bilstm")
    ]


@pytest.mark.parametrize("n", [1, 255, 256, 257, 256 * (ROWS + 1) + 3, 5001])
@pytest.mark.parametrize("group", [1, 8])
def test_every_symbol_is_read_once(n, group, monkeypatch):
    monkeypatch.setattr(score, "LONG", 5000)
    for pieces in reset_pieces(n), carried_pieces(n, group):
        seen = [start + np.arange(length) for starts, length, _ in pieces for start in starts]
        np.testing.assert_array_equal(np.sort(np.concatenate(seen)), np.arange(n))
        assert all(starts.min() >= 0 for starts, *_ in pieces)


@pytest.mark.parametrize("model", models())
def test_the_reset_number_is_the_mean_over_windows_read_alone(model, rng):
    framed = rng.integers(5, size=2 * RESET + 77)
    total = 0.0
    for k in range(0, len(framed) - 1, RESET):
        window = framed[k : k + RESET + 1, np.newaxis]
        total += model.loss(window[:-1], window[1:])[0]
    parts = [list(losses(framed, model, piece)) for piece in reset_pieces(len(framed) - 1)]
    assert mean(parts, len(framed) - 1)[0] == pytest.approx(total / (len(framed) - 1), rel=1e-5)


@pytest.mark.parametrize("model", models())
def test_the_pieces_of_a_long_text_have_the_loss_of_one_pass(model, rng, monkeypatch):
    framed = rng.integers(5, size=9001)
    for name, value in ("WINDOW", 512), ("WARM_UP", 512), ("PIECES", 9):
        monkeypatch.setattr(score, name, value)

    def loss(group, long):
        monkeypatch.setattr(score, "LONG", long)
        pieces = carried_pieces(len(framed) - 1, group)
        assert (len(pieces) > 1) == (long < len(framed)) and all(starts.min() >= before for starts, _, before in pieces)
        return mean([list(losses(framed, model, piece)) for piece in pieces], len(framed) - 1)[0]

    whole = loss(1, 10**6)
    assert loss(1, 9000) == pytest.approx(whole, rel=1e-4)
    if model.directions == 1:
        assert loss(4, 9000) == pytest.approx(whole, rel=1e-6)
    monkeypatch.setattr(score, "WARM_UP", 0)
    assert loss(1, 9000) != pytest.approx(whole, rel=1e-6)


def test_only_long_texts_are_many_pieces():
    assert len(carried_pieces(LONG - 1, GROUP)) == 1
    assert len(carried_pieces(LONG, GROUP)) == 1 + (PIECES - 1) // GROUP
