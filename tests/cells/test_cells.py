"""The contract of a cell, for every cell in the registry: shapes, state, gradients, accumulation."""

import re

import numpy as np
import pytest
from numba import njit, types

from cells import CELLS, Bidirectional
from cells import gru_steps as gru_file
from cells import layer_norm as layer_norm_file
from cells import lnlstm as lnlstm_file
from cells import lstm as lstm_file
from cells import mingru as mingru_file
from cells import minlstm as minlstm_file
from cells import mixgru as mixgru_file
from cells import mogrifier as mogrifier_file
from cells import rnn as rnn_file
from cells.kernels.activations import gate, gate_slope, hard_sigmoid, positive, positive_slope
from cells.kernels.inputs import gather, scatter_add
from minrnn.gradcheck import reference
from minrnn.gradcheck.check_cell import check_cell

T, N, D, H = 3, 4, 5, 6
KINDS = [
    *((name, {}) for name in CELLS),
    ("gru", {"reset": "before"}),
    ("gru", {"gates": "hard"}),
    ("gru", {"reset": "before", "gates": "hard"}),
    ("gru", {"gate_bias": 1.0}),
    ("lstm", {"gates": "hard"}),
    ("lstm", {"forget_bias": 0.0}),
    ("lstm", {"tie_gates": True}),
    ("lstm", {"tie_gates": True, "gates": "hard"}),
    ("mixgru", {"transforms": 2}),
    ("mogrifier", {"rounds": 1, "rank": 20}),
    ("mogrifier", {"rounds": 2, "rank": 3}),
    ("mogrifier", {"rounds": 5, "rank": 1, "tie_gates": True}),
    ("bigru", {"reset": "before", "gate_bias": 1.0}),
    ("bilstm", {"gates": "hard"}),
    ("bilstm", {"tie_gates": True}),
]


def over(kinds):
    """A test for each of these cells and options."""
    ids = ["-".join([name, *map(str, options.values())]) for name, options in kinds]
    return pytest.mark.parametrize("name, options", kinds, ids=ids)


def both_ways(name):
    return issubclass(CELLS[name], Bidirectional)


every_cell = over(KINDS)
every_one_way_cell = over([kind for kind in KINDS if not both_ways(kind[0])])
every_hard_cell = over([kind for kind in KINDS if kind[1].get("gates") == "hard"])
every_bidirectional_cell = over([kind for kind in KINDS if both_ways(kind[0])])


def make(name, options, rng, dtype=np.float64):
    """A cell with no parameter at a special value, and with hard gates that are often closed or open."""
    cell = CELLS[name](D, H, dtype=dtype, rng=rng, **options)
    noise = 0.8 if options.get("gates") == "hard" else 0.3
    for p in cell.params.values():
        p += noise * rng.standard_normal(p.shape)
    return cell


def with_c(name):
    """Whether the state of a cell is (h, c), and not h alone."""
    return name in ("lstm", "lnlstm", "mogrifier", "bilstm")


def width(name):
    """How many columns the output of a cell has."""
    return 2 * H if both_ways(name) else H


def leaves(state):
    """The arrays of a state, which is an array or a tuple of states."""
    return [leaf for part in state for leaf in leaves(part)] if isinstance(state, tuple) else [state]


def random_state(cell, rng):
    def noise(part):
        return tuple(map(noise, part)) if isinstance(part, tuple) else rng.standard_normal(part.shape)

    return noise(cell.zero_state(N))


def case(name, options, rng):
    """A cell, and something for every argument of its forward and backward pass."""
    cell = make(name, options, rng)
    x, state = rng.standard_normal((T, N, D)), random_state(cell, rng)
    dh, dstate = rng.standard_normal((T, N, width(name))), random_state(cell, rng)
    return cell, x, state, dh, dstate


@every_cell
def test_forward_equals_the_equations_gate_by_gate(name, options, rng):
    cell, x, state, _, _ = case(name, options, rng)
    h, last = cell.forward(x, state)
    gates = options.get("gates", "sigmoid")
    h_expected, last_expected = reference.run_cell(name, cell.params, x, leaves(state), gates)
    np.testing.assert_allclose(h, h_expected, atol=1e-14)
    np.testing.assert_allclose(leaves(last), last_expected, atol=1e-14)


@every_cell
def test_every_gradient_equals_the_complex_step(name, options):
    check = check_cell(name, options, T, N, D, H)
    assert check.method == "complex step"
    assert check.forward < 1e-12
    assert check.errors["parameters"].keys() == shapes_of(name, options).keys()
    assert list(check.errors["inputs"]) == ["x"]
    assert len(check.errors["states"]) == (2 if with_c(name) else 1) * (2 if both_ways(name) else 1)
    for errors in check.errors.values():
        for key, error in errors.items():
            assert error < 1e-12, key


@every_hard_cell
def test_hard_gates_are_tested_on_all_three_lines_and_on_no_corner(name, options, monkeypatch):
    lines = []

    def hard_sigmoid_seen(a):
        lines.append((0.2 * a.real + 0.5).ravel())
        return reference.hard_sigmoid(a)

    monkeypatch.setitem(reference.GATES, "hard", hard_sigmoid_seen)
    check_cell(name, options, T, N, D, H)
    line = np.unique(np.concatenate(lines))
    for part in (line < 0, (0 < line) & (line < 1), line > 1):
        assert part.sum() > 3
    assert np.minimum(abs(line), abs(line - 1)).min() > 1e-5


def shapes_of(name, options):
    """What the contract says about the parameters of a cell."""
    if both_ways(name):
        half = shapes_of(name.removeprefix("bi"), options)
        return {f"{side}.{key}": shape for side in ("forward", "backward") for key, shape in half.items()}
    if name == "mixgru":
        K = options.get("transforms", 5)
        return {"Wx": (D, 2 * H + K + K * H), "Wh": (H, 3 * H + K), "b": (3 * H + K,)}
    if name.startswith("min"):
        gates = {"mingru": 2, "minlstm": 3}[name]
        return {"Wx": (D, gates * H), "b": (gates * H,)}
    gates = {"rnn": 1, "gru": 3, "lstm": 4, "lnlstm": 4, "mogrifier": 4}[name] - bool(options.get("tie_gates"))
    shapes = {"Wx": (D, gates * H), "Wh": (H, gates * H), "b": (gates * H,)}
    if name == "gru" and options.get("reset") != "before":
        shapes["bh"] = (H,)
    if name == "lnlstm":
        shapes |= {"scale": (4 * H,), "scale_c": (H,), "b_c": (H,)}
    if name == "mogrifier":
        K = options.get("rank", 32)
        for k in range(1, options.get("rounds", 4) + 1):
            scaling, scaled = (H, D) if k % 2 else (D, H)
            shapes |= {f"A{k}": (scaling, K), f"B{k}": (K, scaled), f"q{k}": (scaled,)}
    return shapes


@every_cell
def test_shapes_and_dtypes_are_those_of_the_contract(name, options, rng):
    for dtype in (np.float32, np.float64):
        cell = make(name, options, rng, dtype)
        shapes = {key: p.shape for key, p in cell.params.items()}
        assert shapes == shapes_of(name, options) == {key: g.shape for key, g in cell.grads.items()}
        declared = {
            key: value
            for key, value in options.items()
            if key in ("reset", "tie_gates", "transforms", "rounds", "rank")
        }
        assert list(shapes.items()) == list(CELLS[name].shapes(D, H, **declared).items())
        h, state = cell.forward(rng.standard_normal((T, N, D)))
        dx, dstate = cell.backward(rng.standard_normal((T, N, width(name))))
        assert h.shape == (T, N, width(name)) and dx.shape == (T, N, D)
        for v in (h, dx, *leaves(state), *leaves(dstate), *cell.params.values(), *cell.grads.values()):
            assert v.dtype == dtype
        for v in (*leaves(state), *leaves(dstate), *leaves(cell.zero_state(N))):
            assert v.shape == (N, H)


@every_cell
def test_no_state_means_zeros(name, options, rng):
    cell = make(name, options, rng)
    x = rng.standard_normal((T, N, D))
    np.testing.assert_array_equal(cell.forward(x)[0], cell.forward(x, cell.zero_state(N))[0])


@every_cell
def test_backward_adds_to_the_gradients(name, options, rng):
    cell, x, state, dh, dstate = case(name, options, rng)
    cell.forward(x, state)
    cell.backward(dh, dstate)
    once = {key: g.copy() for key, g in cell.grads.items()}
    cell.backward(dh, dstate)
    for key, g in cell.grads.items():
        np.testing.assert_allclose(g, 2 * once[key], rtol=1e-12)


@every_one_way_cell
def test_chunks_equal_whole_sequence(name, options, rng):
    cell = make(name, options, rng)
    x, state = rng.standard_normal((4, N, D)), random_state(cell, rng)
    whole, last = cell.forward(x, state)
    for cuts in ([2, 2], [1, 3], [1, 1, 1, 1]):
        chunks, s = [], state
        for part in np.split(x, np.cumsum(cuts)[:-1]):
            h, s = cell.forward(part, s)
            chunks.append(h)
        np.testing.assert_allclose(np.concatenate(chunks), whole, atol=1e-14)
        np.testing.assert_allclose(leaves(s), leaves(last), atol=1e-14)


@every_one_way_cell
def test_gradients_of_chunks_add_up_to_that_of_the_whole(name, options, rng):
    cell = make(name, options, rng)
    x, dh = rng.standard_normal((4, N, D)), rng.standard_normal((4, N, H))
    cell.forward(x)
    dx, dstate = cell.backward(dh)
    whole = {key: g.copy() for key, g in cell.grads.items()}
    for g in cell.grads.values():
        g[:] = 0
    _, middle = cell.forward(x[:1])
    cell.forward(x[1:], middle)
    dx_late, dmiddle = cell.backward(dh[1:])
    cell.forward(x[:1])
    dx_early, dfirst = cell.backward(dh[:1], dmiddle)
    np.testing.assert_allclose(np.concatenate([dx_early, dx_late]), dx, atol=1e-13)
    np.testing.assert_allclose(leaves(dfirst), leaves(dstate), atol=1e-13)
    for key, g in cell.grads.items():
        np.testing.assert_allclose(g, whole[key], atol=1e-13)


@every_cell
def test_symbols_are_one_hot_rows(name, options, rng):
    cell = make(name, options, rng)
    symbols, dh = rng.integers(0, D, (T, N)), rng.standard_normal((T, N, width(name)))
    h_vectors, _ = cell.forward(np.eye(D)[symbols])
    cell.backward(dh)
    vectors = {key: g.copy() for key, g in cell.grads.items()}
    for g in cell.grads.values():
        g[:] = 0
    h_symbols, _ = cell.forward(symbols)
    dx, _ = cell.backward(dh)
    assert dx is None
    np.testing.assert_allclose(h_symbols, h_vectors, atol=1e-14)
    for key, g in cell.grads.items():
        np.testing.assert_allclose(g, vectors[key], atol=1e-13)


@every_cell
def test_results_outlive_the_next_call(name, options, rng):
    cell = make(name, options, rng)
    h, state = cell.forward(rng.standard_normal((T, N, D)))
    kept, kept_state = h.copy(), np.copy(leaves(state))
    cell.forward(rng.standard_normal((T, N, D)), state)
    np.testing.assert_array_equal(h, kept)
    np.testing.assert_array_equal(leaves(state), kept_state)


@every_cell
def test_reused_memory_changes_no_result(name, options, rng):
    cell = make(name, options, rng)
    sizes = ((3, 4), (1, 2), (3, 4))
    batches = [(rng.standard_normal((t, n, D)), rng.standard_normal((t, n, width(name)))) for t, n in sizes]

    def results():
        out = []
        for x, dh in batches:
            h, state = cell.forward(x)
            out.append(h.copy())
            dx, dstate = cell.backward(dh, state)
            out += [dx.copy(), *leaves(state), *leaves(dstate)]
        return out

    fresh = results()
    cell.workspace = {}
    for a, b in zip(results(), fresh):
        np.testing.assert_array_equal(a, b)


@every_cell
def test_float32_stays_close_to_float64(name, options, rng):
    double = make(name, options, rng)
    single = make(name, options, rng, np.float32)
    for key, p in single.params.items():
        p[:] = double.params[key]
    x, dh = 3 * rng.standard_normal((T, N, D)), rng.standard_normal((T, N, width(name)))
    np.testing.assert_allclose(single.forward(x)[0], double.forward(x)[0], atol=3e-6)
    np.testing.assert_allclose(single.backward(dh)[0], double.backward(dh)[0], atol=3e-5)


@every_cell
def test_a_wrong_input_is_named(name, options, rng):
    cell = make(name, options, rng)
    with pytest.raises(ValueError, match=rf"shape \({T}, {N}, {D + 1}\); expected \(T, N, {D}\)"):
        cell.forward(np.zeros((T, N, D + 1)))
    for wrong in (-1, D):
        with pytest.raises(ValueError, match=f"expected 0 to {D - 1}"):
            cell.forward(np.full((T, N), wrong))


@every_cell
def test_a_wrong_gradient_or_state_is_named(name, options, rng):
    cell = make(name, options, rng)
    for n in (1, N + 1):
        with pytest.raises(ValueError, match=rf"expected \({N}, {H}\)"):
            cell.forward(np.zeros((T, N, D)), cell.zero_state(n))
    cell.forward(np.zeros((T, N, D)))
    columns = width(name)
    for shape in ((T, N, columns + 1), (T - 1, N, columns), (T, N)):
        with pytest.raises(ValueError, match=rf"expected \({T}, {N}, {columns}\)"):
            cell.backward(np.zeros(shape))


@pytest.mark.parametrize("name", ["lstm", "lnlstm", "bigru"])
def test_a_state_with_a_part_too_many_is_named(name, rng):
    cell = CELLS[name](D, H, rng=rng)
    state = (*cell.zero_state(N), np.zeros((N, H)))
    expected = f"3 parts; expected 2: {', '.join(cell.states)}"
    with pytest.raises(ValueError, match=expected):
        cell.forward(np.zeros((T, N, D)), state)
    h, _ = cell.forward(np.zeros((T, N, D)))
    with pytest.raises(ValueError, match=expected):
        cell.backward(h, state)


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


@every_bidirectional_cell
def test_the_two_directions_start_with_different_weights(name, options, rng):
    cell = CELLS[name](D, H, rng=rng, **options)
    for key in ("Wx", "Wh"):
        assert (cell.params[f"forward.{key}"] != cell.params[f"backward.{key}"]).all()


@every_bidirectional_cell
def test_both_directions_use_the_arrays_that_stand_in_the_dicts(name, options, rng):
    """As after LanguageModel.flatten, which puts views of one vector there."""
    cell, x, state, dh, dstate = case(name, options, rng)
    cell.forward(x, state)
    for key in cell.params:
        cell.params[key] = rng.standard_normal(cell.params[key].shape)
        cell.grads[key] = np.zeros_like(cell.grads[key])
    h, _ = cell.forward(x, state)
    expected, _ = reference.run_cell(name, cell.params, x, leaves(state), options.get("gates", "sigmoid"))
    np.testing.assert_allclose(h, expected, atol=1e-14)
    for key in cell.grads:
        cell.grads[key] = np.zeros_like(cell.grads[key])
    cell.backward(dh, dstate)
    assert all(g.any() for g in cell.grads.values())


@every_bidirectional_cell
def test_both_directions_see_the_whole_sequence(name, options, rng):
    """The last output depends on the first input and the first output on the last input."""
    cell, x, _, _, _ = case(name, options, rng)
    for t in (0, T - 1):
        dh = np.zeros((T, N, width(name)))
        dh[t] = 1
        cell.forward(x)
        dx, _ = cell.backward(dh)
        assert dx.any(axis=(1, 2)).all()


KERNELS = [
    (rnn_file.forward_step, "N,H N,H H N,H"),
    (rnn_file.backward_step, "N,H N,H N,H N,H"),
    (lstm_file.forward_step, "N,4H 4H N,H N,4H N,H N,H N,H hard"),
    (lstm_file.backward_step, "N,H N,H N,H N,4H N,H N,H N,4H hard"),
    (lstm_file.forward_step, "N,3H 3H N,H N,3H N,H N,H N,H hard"),
    (lstm_file.backward_step, "N,H N,H N,H N,3H N,H N,H N,3H hard"),
    (gru_file.forward_gates, "N,3H 3H N,3H hard"),
    (gru_file.forward_mix, "N,H N,3H N,H"),
    (gru_file.forward_after, "N,3H 3H H N,H N,3H N,H N,H hard"),
    (gru_file.forward_before, "N,2H 3H N,H N,3H N,H hard"),
    (gru_file.forward_before_candidate, "N,H H N,H N,3H N,H"),
    (gru_file.backward_mix, "N,H N,H N,H N,H N,3H N,3H hard"),
    (gru_file.backward_after, "N,H N,H N,H N,H N,3H N,H N,3H N,3H hard"),
    (gru_file.backward_before, "N,H N,H N,H N,3H N,3H hard"),
    (layer_norm_file.normalize, "H H H H H"),
    (layer_norm_file.normalize_backward, "H H number H H H"),
    (lnlstm_file.forward_step, "N,4H 4H 4H H H N,H N,4H N,4H N,5 N,H N,H N,H N,H"),
    (lnlstm_file.backward_step, "N,H N,H 4H H N,H N,4H N,4H N,5 N,H N,H N,H H N,4H 4H 4H H H"),
    (mixgru_file.softmax, "D"),
    (mixgru_file.forward_reading, "N,2H+D 3H+D N,2H+D+D*H N,3H"),
    (mixgru_file.backward_reading, "N,3H N,2H+D+D*H N,2H+D+D*H"),
    (mogrifier_file.scale, "D N,D N,D N,D"),
    (mogrifier_file.scale_backward, "N,D N,D N,D N,D"),
    (mogrifier_file.add, "N,D N,D"),
    (mingru_file.forward_step, "2H N,H N,2H N,H"),
    (mingru_file.backward_step, "N,H N,H N,H N,2H N,2H"),
    (minlstm_file.forward_step, "3H N,H N,3H N,H"),
    (minlstm_file.backward_step, "N,H N,H N,H N,3H N,3H"),
]
CALLS = [
    (kernel, arguments.replace("hard", str(hard)))
    for kernel, arguments in KERNELS
    for hard in ((False, True) if "hard" in arguments else (False,))
]


def argument(text, rng, dtype):
    """An array for a shape like "N,4H", a number for "number", and True and False as they are."""
    if text in ("True", "False"):
        return text == "True"
    if text == "number":
        return dtype(rng.standard_normal())
    shape = eval(re.sub(r"(\d)([A-Z])", r"\1*\2", text) + ",", {"N": N, "D": D, "H": H})
    return rng.standard_normal(shape).astype(dtype)


def name_of(kernel, arguments):
    tied = "-tied" if kernel.__module__ == "cells.lstm" and "3H" in arguments else ""
    return f"{kernel.__module__}.{kernel.__name__}" + tied + ("-hard" if "True" in arguments else "")


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-6), (np.float64, 1e-14)])
@pytest.mark.parametrize("kernel, arguments", CALLS, ids=[name_of(*call) for call in CALLS])
def test_compiled_kernel_equals_its_source(kernel, arguments, dtype, tolerance, rng):
    compiled = [argument(text, rng, dtype) for text in arguments.split()]
    plain = [v.copy() if isinstance(v, np.ndarray) else v for v in compiled]
    results = [kernel(*compiled), kernel.py_func(*plain)]
    if results[0] is not None:
        compiled, plain = [*compiled, results[0]], [*plain, results[1]]
    for a, b in zip(compiled, plain):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("hard", [False, True], ids=["sigmoid", "hard"])
@pytest.mark.parametrize("function", [gate, gate_slope])
def test_a_compiled_gate_equals_its_source_and_keeps_its_type(function, hard):
    @njit
    def apply(v, hard):
        return function(v, hard)

    for dtype, numba_type in ((np.float32, types.float32), (np.float64, types.float64)):
        for v in (-3.0, -1.0, 0.0, 0.3, 1.0, 3.0):
            np.testing.assert_allclose(apply(dtype(v), hard), function(dtype(v), hard), atol=3e-7)
        assert apply.nopython_signatures[-1].return_type == numba_type


def test_the_hard_sigmoid_is_three_straight_lines():
    a = np.array([-1e30, -2.6, -2.5, -1.0, 0.0, 2.0, 2.5, 2.6, 1e30])
    np.testing.assert_allclose([hard_sigmoid(v) for v in a], [0, 0, 0, 0.3, 0.5, 0.9, 1, 1, 1])
    assert np.isnan(hard_sigmoid(np.nan))


def test_compiled_scatter_add_equals_its_source(rng):
    rows, v = rng.integers(0, D, 20), rng.standard_normal((20, H))
    compiled, plain = np.zeros((D, H)), np.zeros((D, H))
    scatter_add(rows, v, compiled)
    scatter_add.py_func(rows, v, plain)
    np.testing.assert_allclose(compiled, plain, atol=1e-14)
    np.testing.assert_allclose(compiled, np.eye(D)[rows].T @ v, atol=1e-14)


def test_compiled_gather_equals_its_source(rng):
    rows, v = rng.integers(0, D, 20), rng.standard_normal((D, H))
    compiled, plain = np.zeros((2, 20, H))
    gather(rows, v, compiled)
    gather.py_func(rows, v, plain)
    np.testing.assert_array_equal(compiled, v[rows])
    np.testing.assert_array_equal(plain, v[rows])


@every_one_way_cell
def test_a_stepper_equals_the_whole_sequence(name, options, rng):
    """With vectors, and with symbols to the byte, and whatever stands beside a row."""
    cell, x, state, _, _ = case(name, options, rng)
    for dtype, error, v in (
        (np.float32, 1e-6, x), (np.float64, 1e-14, x), (np.float32, 0, rng.integers(0, D, (T, N))),
    ):  # fmt: skip
        cell = CELLS[name](D, H, dtype=dtype, rng=rng, **options)
        v = v if v.ndim == 2 else v.astype(dtype)
        start = [leaf.astype(dtype) for leaf in leaves(state)]
        for part in (slice(0, N), slice(1, 2)):
            cut = [leaf[part] for leaf in start]
            cut = tuple(cut) if len(cell.states) > 1 else cut[0]
            expected, _ = cell.forward(v[:, part], cut)
            here = np.zeros_like(v[:1, part])
            h, step = cell.stepper(here, cut)
            for t in range(T):
                here[:] = v[t : t + 1, part]
                step()
                np.testing.assert_allclose(h[0], expected[t], rtol=0, atol=error)


def test_a_stepper_leaves_the_values_of_the_last_forward_alone(rng):
    cell = CELLS["lstm"](D, H, rng=rng)
    cell.workspace = {}
    _, state = cell.forward(rng.integers(0, D, (T, N)))
    kept = {name: v.copy() for name, v in cell.activations().items()}
    _, step = cell.stepper(np.ones((1, N), int), state)
    step()
    assert kept.keys() == set("hcifgo")
    for name, v in cell.activations().items():
        np.testing.assert_array_equal(v, kept[name])
