"""exp, tanh and sigmoid: the float32 approximations are as exact as they say, the float64 ones are exact."""

import numpy as np
from numba import njit

from cells.kernels.activations import exp, rational_tanh, short_exp, sigmoid, tanh


@njit
def apply(x, t, s):
    for k in range(x.size):
        t[k] = tanh(x[k])
        s[k] = sigmoid(x[k])


def both(x):
    t, s = np.empty_like(x), np.empty_like(x)
    apply(x, t, s)
    exact = np.clip(x.astype(np.float64), -700, 700)
    return np.abs(t - np.tanh(exact)).max(), np.abs(s - 1 / (1 + np.exp(-exact))).max()


def test_float32_is_within_the_stated_error_everywhere():
    x = np.concatenate([np.linspace(-20, 20, 2_000_001), [-1e30, 1e30, 1e-30, 0]]).astype(np.float32)
    tanh_error, sigmoid_error = both(x)
    assert tanh_error < 4e-7
    assert sigmoid_error < 2.5e-7


def test_float64_is_exact():
    tanh_error, sigmoid_error = both(np.linspace(-20, 20, 200_001))
    assert tanh_error < 3e-16
    assert sigmoid_error < 3e-16


def test_not_a_number_stays_one():
    t, s = np.zeros(1, np.float32), np.zeros(1, np.float32)
    apply(np.array([np.nan], np.float32), t, s)
    assert np.isnan(t[0]) and np.isnan(s[0])


def test_the_approximation_runs_as_plain_python():
    assert abs(rational_tanh(np.float32(0.5)) - np.tanh(0.5)) < 1e-7


@njit
def apply_exp(x, y):
    for k in range(x.size):
        y[k] = exp(x[k])


def exp_error(x):
    """The largest error of the compiled exp, relative to the result."""
    y = np.empty_like(x)
    apply_exp(x, y)
    return np.abs(y / np.exp(x.astype(np.float64)) - 1).max()


def test_exp_is_within_the_stated_error():
    assert exp_error(np.linspace(-87, 88, 2_000_001).astype(np.float32)) < 3e-7
    assert exp_error(np.linspace(-700, 700, 200_001)) < 3e-16


def test_exp_far_out_is_tiny_or_huge_and_of_nothing_nothing():
    x = np.array([-np.inf, -1e30, -87, 88, 1e30, np.inf, np.nan], np.float32)
    y = np.empty_like(x)
    apply_exp(x, y)
    assert (y[:3] == y[2]).all() and 0 < y[2] < 1e-37
    assert (y[3:6] == y[3]).all() and 1e38 < y[3] < np.inf
    assert np.isnan(y[6])


def test_exp_runs_as_plain_python():
    for x in (-87, -1.5, 0, 0.3, 88):
        assert abs(short_exp(np.float32(x)) / np.exp(x) - 1) < 3e-7
