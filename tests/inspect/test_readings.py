"""What cells and models compute while they read: their activations are those of the naive steps."""

import numpy as np
import pytest
from tiny_models import LEVEL_TEXTS, H, tiny, vocabulary_of

from cells import CELLS, GRU
from data import LEVELS
from minrnn.generation.score import score
from minrnn.gradcheck import reference
from minrnn.inspect import reading
from minrnn.system.errors import OptionError

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
