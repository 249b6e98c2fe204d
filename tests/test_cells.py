"""The contract of a cell, for every cell in the registry: shapes, state, gradients, accumulation."""

import numpy as np
import pytest
import reference

from cells import CELLS
from cells import gru as gru_file
from cells import lstm as lstm_file
from cells import rnn as rnn_file
from cells.inputs import scatter_add

T, N, D, H = 3, 4, 5, 6
KINDS = [(name, {}) for name in CELLS] + [("gru", {"reset": "before"})]
every_cell = pytest.mark.parametrize("name, options", KINDS, ids=[f"{n}{''.join(o.values())}" for n, o in KINDS])


def make(name, options, rng, dtype=np.float64):
    """A cell with no parameter at a special value."""
    cell = CELLS[name](D, H, dtype=dtype, rng=rng, **options)
    for p in cell.params.values():
        p += 0.3 * rng.standard_normal(p.shape)
    return cell


def random_state(cell, rng):
    parts = tuple(rng.standard_normal((N, H)) for _ in range(cell.state_parts))
    return parts if len(parts) > 1 else parts[0]


def as_tuple(state):
    return state if isinstance(state, tuple) else (state,)


@every_cell
def test_forward_equals_the_equations_gate_by_gate(name, options, rng):
    cell = make(name, options, rng)
    x, state = rng.standard_normal((T, N, D)), random_state(cell, rng)
    h, last = cell.forward(x, state)
    h_expected, last_expected = reference.run_cell(name, cell.params, x, as_tuple(state))
    np.testing.assert_allclose(h, h_expected, atol=1e-14)
    np.testing.assert_allclose(as_tuple(last), last_expected, atol=1e-14)


@every_cell
def test_every_gradient_equals_the_complex_step(name, options, rng):
    cell = make(name, options, rng)
    x, state = rng.standard_normal((T, N, D)), random_state(cell, rng)
    dh, dstate = rng.standard_normal((T, N, H)), random_state(cell, rng)

    def loss(p, x, state):
        """A random projection of all outputs, so that one number tests the whole Jacobian."""
        h, last = reference.run_cell(name, p, x, state)
        return sum((a * b).sum(axis=(-2, -1)) for a, b in zip([*h, *last], [*dh, *as_tuple(dstate)]))

    # The second of two steps is checked: what the first one left behind must not matter.
    cell.forward(rng.standard_normal((T, N, D)))
    cell.backward(dh)
    for g in cell.grads.values():
        g[:] = 0
    cell.forward(x, state)
    dx, dinitial = cell.backward(dh, dstate)

    for key, p in cell.params.items():
        expected = reference.derivative(lambda v, key=key: loss({**cell.params, key: v}, x, as_tuple(state)), p)
        assert reference.relative_error(cell.grads[key], expected) < 1e-12, key
    assert (
        reference.relative_error(dx, reference.derivative(lambda v: loss(cell.params, v, as_tuple(state)), x)) < 1e-12
    )
    for k, (part, got) in enumerate(zip(as_tuple(state), as_tuple(dinitial))):

        def with_part(v, k=k):
            return loss(cell.params, x, (*as_tuple(state)[:k], v, *as_tuple(state)[k + 1 :]))

        assert reference.relative_error(got, reference.derivative(with_part, part)) < 1e-12


@every_cell
def test_shapes_and_dtypes_are_those_of_the_contract(name, options, rng):
    for dtype in (np.float32, np.float64):
        cell = make(name, options, rng, dtype)
        gates = {"rnn": 1, "gru": 3, "lstm": 4}[name]
        shapes = {key: p.shape for key, p in cell.params.items()}
        expected = {"Wx": (D, gates * H), "Wh": (H, gates * H), "b": (gates * H,)}
        if name == "gru" and not options:
            expected["bh"] = (H,)
        assert shapes == expected == {key: g.shape for key, g in cell.grads.items()}
        h, state = cell.forward(rng.standard_normal((T, N, D)))
        dx, dstate = cell.backward(rng.standard_normal((T, N, H)))
        assert h.shape == (T, N, H) and dx.shape == (T, N, D)
        for v in (h, dx, *as_tuple(state), *as_tuple(dstate), *cell.grads.values()):
            assert v.dtype == dtype
        for v in (*as_tuple(state), *as_tuple(dstate), *as_tuple(cell.zero_state(N))):
            assert v.shape == (N, H)


@every_cell
def test_no_state_means_zeros(name, options, rng):
    cell = make(name, options, rng)
    x = rng.standard_normal((T, N, D))
    np.testing.assert_array_equal(cell.forward(x)[0], cell.forward(x, cell.zero_state(N))[0])


@every_cell
def test_backward_adds_to_the_gradients(name, options, rng):
    cell = make(name, options, rng)
    cell.forward(rng.standard_normal((T, N, D)))
    dh = rng.standard_normal((T, N, H))
    cell.backward(dh)
    once = {key: g.copy() for key, g in cell.grads.items()}
    cell.backward(dh)
    for key, g in cell.grads.items():
        np.testing.assert_allclose(g, 2 * once[key], rtol=1e-14)


@every_cell
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
        np.testing.assert_allclose(as_tuple(s), as_tuple(last), atol=1e-14)


@every_cell
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
    np.testing.assert_allclose(as_tuple(dfirst), as_tuple(dstate), atol=1e-13)
    for key, g in cell.grads.items():
        np.testing.assert_allclose(g, whole[key], atol=1e-13)


@every_cell
def test_symbols_are_one_hot_rows(name, options, rng):
    cell = make(name, options, rng)
    symbols, dh = rng.integers(0, D, (T, N)), rng.standard_normal((T, N, H))
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
    kept, kept_state = h.copy(), np.copy(state)
    cell.forward(rng.standard_normal((T, N, D)), state)
    np.testing.assert_array_equal(h, kept)
    np.testing.assert_array_equal(state, kept_state)


@every_cell
def test_reused_memory_changes_no_result(name, options, rng):
    cell = make(name, options, rng)
    batches = [(rng.standard_normal((t, n, D)), rng.standard_normal((t, n, H))) for t, n in ((3, 4), (1, 2), (3, 4))]

    def results():
        out = []
        for x, dh in batches:
            out += [cell.forward(x)[0].copy(), cell.backward(dh)[0].copy()]
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
    x, dh = 3 * rng.standard_normal((T, N, D)), rng.standard_normal((T, N, H))
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
    for shape in ((T, N, H + 1), (T - 1, N, H), (T, N)):
        with pytest.raises(ValueError, match=rf"expected \({T}, {N}, {H}\)"):
            cell.backward(np.zeros(shape))


def test_forget_bias_is_part_of_b(rng):
    b = CELLS["lstm"](D, H, rng=rng, forget_bias=2.5).params["b"]
    np.testing.assert_array_equal(b, np.repeat([0, 2.5, 0, 0], H))


def test_gru_names_the_two_resets(rng):
    with pytest.raises(ValueError, match='expected "after" or "before"'):
        CELLS["gru"](D, H, rng=rng, reset="during")


KERNELS = [
    (rnn_file.forward_step, "N,H N,H H N,H"),
    (rnn_file.backward_step, "N,H N,H N,H N,H"),
    (lstm_file.forward_step, "N,4H 4H N,H N,4H N,H N,H N,H"),
    (lstm_file.backward_step, "N,H N,H N,H N,4H N,H N,H N,4H"),
    (gru_file.forward_gates, "N,3H 3H N,3H"),
    (gru_file.forward_mix, "N,H N,3H N,H"),
    (gru_file.forward_after, "N,3H 3H H N,H N,3H N,H N,H"),
    (gru_file.forward_before, "N,2H 3H N,H N,3H N,H"),
    (gru_file.forward_before_candidate, "N,H 3H N,H N,3H N,H"),
    (gru_file.backward_mix, "N,H N,H N,H N,H N,3H N,3H"),
    (gru_file.backward_after, "N,H N,H N,H N,H N,3H N,H N,3H N,3H"),
    (gru_file.backward_before, "N,H N,H N,H N,3H N,3H"),
]


def shape_of(text):
    return tuple(int(part[:-1] or 1) * {"N": N, "H": H}[part[-1]] for part in text.split(","))


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 2e-6), (np.float64, 1e-14)])
@pytest.mark.parametrize("kernel, shapes", KERNELS, ids=[f"{k.__module__}.{k.__name__}" for k, _ in KERNELS])
def test_compiled_kernel_equals_its_source(kernel, shapes, dtype, tolerance, rng):
    compiled = [rng.standard_normal(shape_of(s)).astype(dtype) for s in shapes.split()]
    plain = [v.copy() for v in compiled]
    kernel(*compiled)
    kernel.py_func(*plain)
    for a, b in zip(compiled, plain):
        np.testing.assert_allclose(a, b, atol=tolerance)


def test_compiled_scatter_add_equals_its_source(rng):
    rows, v = rng.integers(0, D, 20), rng.standard_normal((20, H))
    compiled, plain = np.zeros((D, H)), np.zeros((D, H))
    scatter_add(rows, v, compiled)
    scatter_add.py_func(rows, v, plain)
    np.testing.assert_allclose(compiled, plain, atol=1e-14)
    np.testing.assert_allclose(compiled, np.eye(D)[rows].T @ v, atol=1e-14)
