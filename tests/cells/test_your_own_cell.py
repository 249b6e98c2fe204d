"""The page docs/your-own-cell.md: its code runs, and its gradient check finds what it says it finds."""

import re

import numpy as np
import pytest
from conftest import ROOT

from cells import MixGRU

PAGE = (ROOT / "docs" / "your-own-cell.md").read_text(encoding="utf-8")


def run(replace="", by=""):
    """The namespace after the Python blocks of the page, one after the other, with one change."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    assert replace in "".join(blocks)
    names = {"__name__": "your_own_cell"}
    for block in blocks:
        exec(block.replace(replace, by) if replace else block, names)
    return names


def test_the_gradient_check_of_the_page_passes():
    names = run()
    assert names["errors"].keys() == {"Wx", "Wh", "b", "x", "h0"}
    assert max(names["errors"].values()) < 1e-12


@pytest.mark.parametrize(
    "right, wrong",
    [(" - (w * dw).sum(axis=1, keepdims=True)", ""), ("dh_prev + dm * r", "dh_prev")],
    ids=["the sum of the softmax", "a forgotten path"],
)
def test_the_gradient_check_of_the_page_stops_at_a_wrong_gradient(right, wrong):
    with pytest.raises(AssertionError, match="the gradient of Wx is wrong"):
        run(right, wrong)


@pytest.mark.parametrize("symbols", [False, True], ids=["vectors", "symbols"])
def test_the_cell_of_the_page_is_mixgru(symbols, rng):
    T, N, D, H, K = 3, 4, 5, 6, 2
    plain, fast = run()["PlainMixGRU"](D, H, np.float64, rng, K), MixGRU(D, H, np.float64, rng, transforms=K)
    assert plain.params.keys() == fast.params.keys()
    for name, p in plain.params.items():
        p += 0.3 * rng.standard_normal(p.shape)
        fast.params[name][:] = p
    x = rng.integers(0, D, (T, N)) if symbols else rng.standard_normal((T, N, D))
    h0, dlast = rng.standard_normal((2, N, H))
    dh = rng.standard_normal((T, N, H))
    results = []
    for cell in (plain, fast):
        h, last = cell.forward(x, h0)
        dx, dh0 = cell.backward(dh, dlast)
        assert (dx is None) == symbols
        results.append([h, last, dh0, *cell.grads.values(), *([] if symbols else [dx])])
    for a, b in zip(*results):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_the_cell_of_the_page_goes_one_step_at_a_time(rng):
    T, N, D, H = 4, 3, 5, 6
    cell = run()["PlainMixGRU"](D, H, np.float64, rng, 2)
    x, h0 = rng.integers(0, D, (T, N)), rng.standard_normal((N, H))
    expected, _ = cell.forward(x, h0)
    here = np.zeros((1, N), int)
    h, step = cell.stepper(here, h0)
    for t in range(T):
        here[0] = x[t]
        step()
        np.testing.assert_array_equal(h[0], expected[t])


def test_the_cell_of_the_page_keeps_its_dtype_and_refuses_a_state_of_other_rows(rng):
    T, N, D, H = 4, 3, 5, 6
    cell = run()["PlainMixGRU"](D, H, np.float32, rng, 2)
    h, last = cell.forward(rng.standard_normal((T, N, D)), rng.standard_normal((N, H)))
    dx, dfirst = cell.backward(rng.standard_normal((T, N, H)), rng.standard_normal((N, H)))
    assert {v.dtype for v in (h, last, dx, dfirst, cell.activations()["h"])} == {np.dtype(np.float32)}
    with pytest.raises(ValueError, match=rf"state h has shape \(1, {H}\); expected \({N}, {H}\)"):
        cell.forward(np.zeros((T, N, D)), np.zeros((1, H)))
