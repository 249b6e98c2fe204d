"""What the options of the cells do: biases, gates, resets, transforms, rounds; and the special cases they have."""

import numpy as np
import pytest
from cell_cases import D, H, N, T, case, leaves

from cells import CELLS
from cells.kernels.activations import positive, positive_slope


@pytest.mark.parametrize("name", ["lstm", "lnlstm", "mogrifier"])
def test_forget_bias_is_part_of_b(name, rng):
    b = CELLS[name](D, H, rng=rng, forget_bias=2.5).params["b"]
    np.testing.assert_array_equal(b, np.repeat([0, 2.5, 0, 0], H))


@pytest.mark.parametrize("gates", ["sigmoid", "hard"])
def test_tied_gates_are_those_of_an_lstm_whose_input_gate_is_the_opposite_of_its_forget_gate(gates, rng):
    """i = 1 - f, as 1 - sigmoid(a) = sigmoid(-a)."""
    tied, x, state, dh, dstate = case("lstm", {"tie_gates": True, "gates": gates}, rng)
    free = CELLS["lstm"](D, H, np.float64, rng, gates=gates)
    for name, p in tied.params.items():
        free.params[name][:] = np.concatenate([-p[..., :H], p], axis=-1)
    for ours, theirs in zip(tied.forward(x, state), free.forward(x, state)):
        np.testing.assert_allclose(leaves(ours), leaves(theirs), atol=1e-14)
    for ours, theirs in zip(tied.backward(dh, dstate), free.backward(dh, dstate)):
        np.testing.assert_allclose(leaves(ours), leaves(theirs), atol=1e-13)
    for name, g in free.grads.items():
        g[..., H : 2 * H] -= g[..., :H]
        np.testing.assert_allclose(tied.grads[name], g[..., H:], atol=1e-12)


def test_tied_gates_have_their_names_and_the_bias_of_the_forget_gate(rng):
    cell = CELLS["lstm"](D, H, rng=rng, tie_gates=True, forget_bias=2.5)
    np.testing.assert_array_equal(cell.params["b"], np.repeat([2.5, 0, 0], H))
    cell.forward(rng.standard_normal((T, N, D)))
    assert cell.activations().keys() == set("hcfgo")
    assert cell.sigmoids == ("f", "o") and len(cell.blocks("Wh")) == 3


@pytest.mark.parametrize("name", ["gru", "mixgru"])
def test_gate_bias_is_where_r_and_z_start(name, rng):
    b = CELLS[name](D, H, rng=rng, gate_bias=1.5).params["b"]
    np.testing.assert_array_equal(b[: 2 * H], np.full(2 * H, 1.5))
    assert not b[2 * H :].any()


def test_gru_names_the_two_resets(rng):
    with pytest.raises(ValueError, match='expected "after" or "before"'):
        CELLS["gru"](D, H, rng=rng, reset="during")


@pytest.mark.parametrize("name", ["gru", "lstm", "bigru", "bilstm"])
def test_a_cell_names_the_two_kinds_of_gates(name, rng):
    with pytest.raises(ValueError, match='gates is \'soft\'; expected "sigmoid" or "hard"'):
        CELLS[name](D, H, rng=rng, gates="soft")


def test_mixgru_needs_a_transform(rng):
    with pytest.raises(ValueError, match="transforms is 0; expected 1 or more"):
        CELLS["mixgru"](D, H, rng=rng, transforms=0)


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"rank": 0}])
def test_mogrifier_needs_a_round_and_a_rank(wrong, rng):
    with pytest.raises(ValueError, match=r"is 0.*; expected 1 or more"):
        CELLS["mogrifier"](D, H, rng=rng, **wrong)


def test_a_mogrifier_whose_scales_are_all_one_is_an_lstm(rng):
    mogrifier, x, state, dh, dstate = case("mogrifier", {}, rng)
    lstm = CELLS["lstm"](D, H, np.float64, rng)
    for name, p in mogrifier.params.items():
        if name in lstm.params:
            lstm.params[name][:] = p
        else:
            p[:] = 0
    for ours, theirs in zip(mogrifier.forward(x, state), lstm.forward(x, state)):
        np.testing.assert_allclose(leaves(ours), leaves(theirs), atol=1e-14)
    for ours, theirs in zip(mogrifier.backward(dh, dstate), lstm.backward(dh, dstate)):
        np.testing.assert_allclose(leaves(ours), leaves(theirs), atol=1e-13)
    for name, g in lstm.grads.items():
        np.testing.assert_allclose(mogrifier.grads[name], g, atol=1e-13)


def test_a_mogrifier_takes_vectors_that_are_read_only(rng):
    cell, x, state, _, _ = case("mogrifier", {}, rng)
    h, _ = cell.forward(x, state)
    x.flags.writeable = False
    np.testing.assert_array_equal(cell.forward(x, state)[0], h)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["mingru", "minlstm"])
def test_gates_that_are_shut_for_good_leave_finite_numbers(name, dtype, rng):
    """Also where both gates of a minLSTM are 0, of which it takes shares."""
    cell, x, state, dh, dstate = case(name, {}, rng)
    cell = CELLS[name](D, H, dtype, rng)
    cell.params["b"][:] = -1e4
    h, last = cell.forward(1e3 * x, state)
    dx, dfirst = cell.backward(dh, dstate)
    assert all(np.isfinite(v).all() for v in (h, last, dx, dfirst, *cell.grads.values()))


def test_the_positive_candidate_has_no_jump_and_its_slope_follows_from_its_value():
    a = np.array([-6, -1, -1e-9, 0, 1e-9, 1, 30])
    y = np.array([positive(v) for v in a])
    assert (y > 0).all() and (np.diff(y) > 0).all()
    np.testing.assert_allclose(y[2:5], 0.5, atol=1e-8)
    np.testing.assert_allclose(y[5:], [1.5, 30.5])
    slopes = [1 / (2 + 2 * np.cosh(v)) for v in a[:4]] + [1] * 3
    np.testing.assert_allclose([positive_slope(v) for v in y], slopes, rtol=1e-6)
