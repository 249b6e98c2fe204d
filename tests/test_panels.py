"""The product for the few rows of a step: right for all sizes, and a row has the same bytes in any company."""

import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT
from numba.core.errors import TypingError

from cells.lanes import LANES
from cells.panels import (
    PANELS,
    four_rows_times_panel,
    multiply,
    pack,
    panels_shape,
    row_times_panels,
    six_rows_times_panel,
)

DTYPES = pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-13)])


def packed(W):
    panels = np.full(panels_shape(W), np.nan, W.dtype)
    pack(W, panels)
    return panels


def product(h, W):
    """h @ W by `multiply`, and what stands in the columns beyond W's."""
    panels = packed(W)
    out = np.full((len(h), len(panels) * LANES), np.nan, h.dtype)
    multiply(h, panels, out)
    return out[:, : W.shape[1]], out[:, W.shape[1] :]


@DTYPES
@pytest.mark.parametrize("N", range(1, 15))
@pytest.mark.parametrize("K, J", [(1, 1), (5, 16), (7, 65), (64, 17), (3, 131)])
def test_it_is_the_matrix_product(N, K, J, dtype, tolerance, rng):
    h, W = rng.standard_normal((N, K)).astype(dtype), rng.standard_normal((K, J)).astype(dtype)
    out, beyond = product(h, W)
    np.testing.assert_allclose(out, h @ W, atol=tolerance * K)
    assert not beyond.any()


@DTYPES
def test_a_row_has_the_same_bytes_alone_as_among_others(dtype, tolerance, rng):
    h, W = rng.standard_normal((23, 37)).astype(dtype), rng.standard_normal((37, 90)).astype(dtype)
    together, _ = product(h, W)
    for N in range(1, 23):
        np.testing.assert_array_equal(product(h[:N], W)[0], together[:N])
        np.testing.assert_array_equal(product(h[N:], W)[0], together[N:])


def test_matrices_of_any_order_in_memory(rng):
    h, W = rng.standard_normal((7, 3, 9)), rng.standard_normal((20, 6))
    expected = h[:, 1, 3:] @ W.T
    np.testing.assert_allclose(product(h[:, 1, 3:], W.T)[0], expected, atol=1e-13)


def test_an_array_with_gaps_is_refused(rng):
    h, W = rng.standard_normal((2, 3)), rng.standard_normal((3, 20))
    with pytest.raises(TypingError, match="without gaps"):
        multiply(h, packed(W), np.zeros((2, 2 * PANELS * LANES))[:, ::2])


@DTYPES
@pytest.mark.parametrize(
    "kernel, at", [(six_rows_times_panel, (2, 3)), (four_rows_times_panel, (2, 3)), (row_times_panels, (7, 1))]
)
def test_compiled_kernel_equals_its_source(kernel, at, dtype, tolerance, rng):
    panels = packed(rng.standard_normal((9, (PANELS + 2) * LANES)).astype(dtype))
    h = rng.standard_normal((8, 9)).astype(dtype)
    compiled, plain = np.zeros((2, 8, len(panels) * LANES), dtype)
    n, p = at
    kernel(h, n, panels, p, compiled)
    kernel.py_func(h, n, panels, p, plain)
    np.testing.assert_allclose(compiled, plain, atol=10 * tolerance)
    assert compiled.any()


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
