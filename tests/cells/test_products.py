"""The large products of kernels: the same bytes as NumPy's, whatever the order in memory."""

import itertools

import numpy as np
import pytest

from cells.kernels import products
from cells.kernels.products import add_product, in_one_call, product

needs_kernels = pytest.mark.skipif(not products.IN_KERNELS, reason="this NumPy has no product that kernels can call")
ORDERS = list(itertools.product((np.ascontiguousarray, np.asfortranarray), repeat=3))


@in_one_call
def both(a, b, out, total):
    product(a, b, out)
    add_product(a, b, total)


@needs_kernels
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("M, K, N", [(2, 2, 2), (5, 7, 9), (33, 17, 129), (640, 64, 256), (300, 500, 2)])
def test_a_kernel_gives_the_bytes_of_numpy(dtype, M, K, N, rng):
    a, b = rng.standard_normal((M, K)).astype(dtype), rng.standard_normal((K, N)).astype(dtype)
    for of_a, of_b, of_total in ORDERS:
        total = of_total(np.zeros((M, N), dtype))
        outs = [(np.empty((M, N), dtype), total.copy(order="K")) for _ in range(2)]
        both(of_a(a), of_b(b), *outs[0])
        both.py_func(of_a(a), of_b(b), *outs[1])
        np.testing.assert_array_equal(outs[0], outs[1])


@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 7, 9), (5, 1, 9), (5, 7, 1), (1, 1, 9)])
def test_products_of_vectors_are_right(sizes, rng):
    M, K, N = sizes
    a, b = rng.standard_normal((M, K)), rng.standard_normal((K, N))
    for of_a, of_b, of_total in ORDERS:
        out, total = np.empty((M, N)), of_total(np.ones((M, N)))
        both(of_a(a), of_b(b), out, total)
        np.testing.assert_allclose([out, total - 1], [a @ b, a @ b], atol=1e-12)


def test_matrices_may_be_parts_of_others(rng):
    a, b = rng.standard_normal((4, 30))[:, 5:12], rng.standard_normal((30, 6))[3:10]
    out, total = np.zeros((4, 20))[:, 3:9], np.zeros((20, 6))[2:6]
    both(a, b, out, total)
    np.testing.assert_allclose([out, total], [a @ b, a @ b], atol=1e-12)
    assert not out.base[:, :3].any() and not out.base[:, 9:].any()


def test_without_such_a_product_the_function_runs_in_python(monkeypatch, rng):
    monkeypatch.setattr(products, "IN_KERNELS", False)
    source = getattr(both, "py_func", both)
    assert in_one_call(source) is source
