"""Averages of the weights are what their formulas say, and trade places with the weights exactly."""

import numpy as np
import pytest

from optim import AVERAGES, average

SIZE, STEPS = 17, 40
every_kind = pytest.mark.parametrize("name, value", [("ema", 0.9), ("tail_average", 0.35)])


@pytest.fixture
def path(rng):
    """The weights after each step."""
    return rng.standard_normal((STEPS, SIZE))


def averaged(kind, path):
    for k, params in enumerate(path, 1):
        kind.update(params, k / STEPS)
    return kind.other


def test_the_registry_has_the_names_of_the_options():
    assert list(AVERAGES) == ["ema", "tail_average"]


@pytest.mark.parametrize("dtype, close", [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_the_exponential_average_is_the_corrected_one(dtype, close, path):
    beta, plain = 0.9, np.zeros(SIZE)
    kind = AVERAGES["ema"](SIZE, beta)
    for t, params in enumerate(path.astype(dtype), 1):
        kind.update(params, 0.0)
        plain = beta * plain + (1 - beta) * params
        np.testing.assert_allclose(kind.other, plain / (1 - beta**t), rtol=close, atol=close)
        assert kind.other.dtype == dtype


def test_the_tail_average_is_the_mean_of_the_weights_from_the_start_of_the_tail_on(path):
    kind = AVERAGES["tail_average"](SIZE, 0.35)
    np.testing.assert_allclose(averaged(kind, path), path[13:].mean(axis=0), rtol=1e-12, atol=1e-12)
    assert kind.steps == STEPS - 13


def test_a_tail_begins_anew_where_the_run_becomes_longer(path):
    kind = AVERAGES["tail_average"](SIZE, 0.35)
    averaged(kind, path)
    kind.update(path[0], 0.2)
    params = path[1].copy()
    with kind.swapped(params):
        np.testing.assert_array_equal(params, path[1])
    assert averaged(kind, path[:14]).tobytes() == path[13].tobytes()


@every_kind
def test_before_the_first_step_the_average_is_the_weights(name, value, path):
    kind, params = AVERAGES[name](SIZE, value), path[0].copy()
    with kind.swapped(params):
        assert params.tobytes() == path[0].tobytes() == kind.state()["weights"].tobytes()


@every_kind
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_after_a_swap_that_an_error_ends_both_have_their_bytes_back(name, value, error, path):
    kind, params = AVERAGES[name](SIZE, value), path[-1].copy()
    mean = averaged(kind, path).copy()
    with pytest.raises(error), kind.swapped(params):
        assert params.tobytes() == mean.tobytes() and kind.other.tobytes() == path[-1].tobytes()
        raise error
    assert params.tobytes() == path[-1].tobytes() and kind.other.tobytes() == mean.tobytes()


@every_kind
def test_an_interrupt_in_the_middle_of_a_swap_does_no_harm(name, value, path, monkeypatch):
    kind, params = AVERAGES[name](SIZE, value), path[-1].copy()
    mean, swap = averaged(kind, path).copy(), average.Average.swap

    def interrupted(*arguments):
        swap(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(average.Average, "swap", interrupted)
    with pytest.raises(KeyboardInterrupt), kind.swapped(params):
        pass
    assert params.tobytes() == path[-1].tobytes() and kind.other.tobytes() == mean.tobytes()


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loaded_state_goes_on_bit_exactly(name, value, dtype, path):
    path = path.astype(dtype)
    first, second = (AVERAGES[name](SIZE, value) for _ in range(2))
    for k, params in enumerate(path, 1):
        first.update(params, k / STEPS)
        if k == 25:
            params = params.copy()
            with first.swapped(params):
                state, saved = first.state(), params.copy()
            second.load_state(state)
            second.swap(saved)
            assert saved.tobytes() == params.tobytes()
        if k > 25:
            second.update(params, k / STEPS)
    assert second.other.tobytes() == first.other.tobytes() and second.steps == first.steps


def test_the_compiled_kernel_equals_its_python_source(rng):
    mean, params = rng.standard_normal((2, SIZE))
    compiled, plain = mean.copy(), mean.copy()
    average.move(compiled, params, 0.3)
    average.move.py_func(plain, params, 0.3)
    np.testing.assert_allclose(compiled, plain, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(plain, 0.7 * mean + 0.3 * params, rtol=1e-14)
