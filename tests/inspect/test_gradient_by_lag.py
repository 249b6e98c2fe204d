"""The gradient against the lag: every norm is that of the complex step, and the picture draws the means."""

import numpy as np
import pytest
from tiny_models import LAG_MODELS, LAGS, LAYERS, PLACES, H, V, png_size, slow_losses, slow_steps, tiny

from data import TextError
from minrnn.gradcheck import reference, reference_model
from minrnn.inspect.lag import gradient_by_lag, of_h, reach, summary
from minrnn.inspect.lag_picture import draw_lags, draw_lines
from minrnn.nn.build import build


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


def test_a_gradient_that_is_zero_is_told_and_drawn_without_a_warning(rng, tmp_path, recwarn):
    norms = gradient_by_lag(tiny("lstm", rng, V=1), np.zeros(30, int), LAGS)
    assert summary("one", norms).endswith("; zero: nothing that was read changes the prediction")
    draw_lags({"one": norms}, tmp_path / "lag.png")
    assert png_size(tmp_path / "lag.png") and not recwarn.list


def test_a_text_too_short_for_a_bidirectional_model_needs_both_sides(rng):
    with pytest.raises(TextError, match=r"40 symbols, and --lags 10 needs 41"):
        gradient_by_lag(tiny("bigru", rng), rng.integers(V, size=40), 10)
    assert gradient_by_lag(tiny("bigru", rng), rng.integers(V, size=41), 10)["forward.0.h"].shape == (10, 1)
