"""The product for the few rows of a step: right for all sizes, and a row has the same bytes in any company."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from numba.core.errors import TypingError

from cells.kernels.lanes import LANES, ROWS
from cells.kernels.panels import (
    PANELS,
    block_times_panel,
    multiply,
    packed,
    packed_once,
    row_times_panels,
    rows_times_narrow,
    rows_times_panel,
)

DTYPES = pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-13)])


def product(h, W):
    """h @ W by `multiply`, between two rows that it must leave alone."""
    memory = np.full((len(h) + 2, W.shape[1]), np.nan, h.dtype)
    multiply(h, packed(W), memory[1:-1])
    assert np.isnan(memory[[0, -1]]).all()
    return memory[1:-1]


@DTYPES
@pytest.mark.parametrize("N", [*range(1, 16), 17, 20, 26, 40])
@pytest.mark.parametrize("K, J", [(1, 1), (6, 15), (5, 16), (64, 17), (9, 48), (2, 64), (7, 65), (3, 131)])
def test_it_is_the_matrix_product(N, K, J, dtype, tolerance, rng):
    h, W = rng.standard_normal((N, K)).astype(dtype), rng.standard_normal((K, J)).astype(dtype)
    np.testing.assert_allclose(product(h, W), h @ W, atol=tolerance * K)


@DTYPES
@pytest.mark.parametrize("J", [5, 40, 90])
def test_a_row_has_the_same_bytes_alone_as_among_others(J, dtype, tolerance, rng):
    h, W = rng.standard_normal((23, 37)).astype(dtype), rng.standard_normal((37, J)).astype(dtype)
    together = product(h, W)
    for N in range(1, 23):
        np.testing.assert_array_equal(product(h[:N], W), together[:N])
        np.testing.assert_array_equal(product(h[N:], W), together[N:])


def test_matrices_of_any_order_in_memory(rng):
    h, W = rng.standard_normal((7, 3, 9)), rng.standard_normal((20, 6))
    expected = h[:, 1, 3:] @ W.T
    np.testing.assert_allclose(product(h[:, 1, 3:], W.T), expected, atol=1e-13)


def test_within_packed_once_a_matrix_is_copied_once(rng):
    W = rng.standard_normal((6, 40))
    with packed_once():
        panels = packed(W)
        assert packed(W) is panels and packed(W[:, :40]) is panels
        # Other matrices in the same memory, and a temporary one whose memory the next could get.
        for view in (W.T, W[:, 1:], W[1:], W[:, :39], W.view(np.int64)):
            np.testing.assert_array_equal(packed(view).ravel()[:1], view.ravel()[:1])
        firsts = [packed(np.full((3, 40), k)).ravel()[0] for k in range(50)]
        assert firsts == list(range(50))
        with packed_once():
            assert packed(W) is not panels
        assert packed(W) is panels
    W += 1
    assert packed(W)[0, 0, 0] == W[0, 0] and packed(W) is not packed(W)


def test_an_array_that_is_not_contiguous_is_refused(rng):
    h, W = rng.standard_normal((2, 3)), rng.standard_normal((3, 20))
    with pytest.raises(TypingError, match="contiguous"):
        multiply(h, packed(W), np.zeros((2, 40))[:, ::2])


@DTYPES
@pytest.mark.parametrize("rows", range(1, ROWS + 1))
def test_compiled_kernel_of_one_panel_equals_its_source(rows, dtype, tolerance, rng):
    h = rng.standard_normal((ROWS + 3, 9)).astype(dtype)
    W = rng.standard_normal((9, LANES)).astype(dtype)
    compiled, plain = np.zeros((2, ROWS + 3, LANES + 5), dtype)
    rows_times_panel(rows, h, 2, W, compiled, 3)
    block_times_panel.py_func(rows, h, 2, W, plain, 3)
    np.testing.assert_allclose(compiled, plain, atol=10 * tolerance)
    assert compiled[2 : 2 + rows, 3:-2].all() and np.count_nonzero(compiled) == rows * LANES


@DTYPES
def test_compiled_kernels_of_a_row_and_of_a_narrow_matrix_equal_their_source(dtype, tolerance, rng):
    h, W = rng.standard_normal((8, 9)).astype(dtype), rng.standard_normal((9, (PANELS + 2) * LANES - 3)).astype(dtype)
    compiled, plain = np.zeros((2, 1, W.shape[1]), dtype)
    for out, kernel in (compiled, row_times_panels), (plain, row_times_panels.py_func):
        kernel(h[7:], packed(W), 2, out)
    np.testing.assert_allclose(compiled, plain, atol=10 * tolerance)
    assert compiled[0, 2 * LANES :].all() and not compiled[0, : 2 * LANES].any()
    compiled, plain = np.zeros((2, 8, 5), dtype)
    for out, kernel in (compiled, rows_times_narrow), (plain, rows_times_narrow.py_func):
        kernel(h, packed(W)[0], out)
    np.testing.assert_allclose(compiled, plain, atol=10 * tolerance)
    assert compiled.all()


@pytest.mark.slow
def test_a_cell_runs_as_plain_python():
    code = (
        "import numpy as np; from cells import GRU; cell = GRU(5, 6, rng=np.random.default_rng(0));"
        "h, _ = cell.forward(np.ones((3, 7, 5))); dx, _ = cell.backward(h); print(float(dx.sum()))"
    )
    command = [sys.executable, "-c", code]
    runs = [
        subprocess.run(command, env={**os.environ, "NUMBA_DISABLE_JIT": jit}, cwd=ROOT, capture_output=True)
        for jit in "01"
    ]
    compiled, plain = [float(run.stdout) for run in runs]
    assert compiled == pytest.approx(plain, rel=1e-5)
