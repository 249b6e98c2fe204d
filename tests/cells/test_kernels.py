"""Every compiled kernel equals its Python source."""

import re

import numpy as np
import pytest
from cell_cases import D, H, N
from numba import njit, types

from cells import gru_steps as gru_file
from cells import layer_norm as layer_norm_file
from cells import lnlstm as lnlstm_file
from cells import lstm as lstm_file
from cells import mingru as mingru_file
from cells import minlstm as minlstm_file
from cells import mixgru as mixgru_file
from cells import mogrifier as mogrifier_file
from cells import rnn as rnn_file
from cells.kernels.activations import gate, gate_slope, hard_sigmoid
from cells.kernels.inputs import gather, scatter_add

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
