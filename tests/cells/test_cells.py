"""The contract of a cell, for every cell in the registry: shapes, state, gradients, accumulation."""

import numpy as np
import pytest
from cell_cases import (
    D,
    H,
    N,
    T,
    both_ways,
    case,
    every_cell,
    every_hard_cell,
    every_one_way_cell,
    leaves,
    make,
    random_state,
    width,
    with_c,
)

from cells import CELLS
from minrnn.gradcheck import reference
from minrnn.gradcheck.check_cell import check_cell


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
