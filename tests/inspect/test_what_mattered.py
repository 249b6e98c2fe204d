"""How much each symbol mattered: the complex step of every input vector, and how far back a page looks."""

import numpy as np
import pytest
from conftest import ROOT
from tiny_models import LAG_MODELS, LAYERS, H, V, slow_losses, tiny

from minrnn.gradcheck import reference, reference_model
from minrnn.inspect import page
from minrnn.inspect.matters import NARROW, PAIRS, matters, reach_on_page


@pytest.mark.usefixtures("three_states")
@pytest.mark.parametrize("cell, settings", LAG_MODELS, ids=lambda v: str(v))
def test_what_mattered_is_the_complex_step_of_every_input_vector(cell, settings, rng, monkeypatch):
    n, reach = 7, 5
    monkeypatch.setattr("minrnn.inspect.matters.ROWS", 3)
    model = tiny(cell, rng, **settings)
    symbols, opening = rng.integers(V, size=n), np.array([2])
    found = matters(model, symbols, opening, reach)
    assert [v.shape for v in found] == [(n, reach)] * model.directions
    state = [tuple(np.zeros((1, H)) for _ in next(iter(model.stacks.values())).layers[0].states) for _ in range(LAYERS)]
    for t in range(n):
        read = {"layers": np.concatenate([opening, symbols[:t]])}
        if model.directions == 2:
            read = {"forward": symbols[:t], "backward": symbols[:t:-1]}
        vectors = {
            name: np.array(reference_model.inputs(model.weights(), x[:, np.newaxis], V, None)) if len(x) else None
            for name, x in read.items()
        }

        def loss(changed, t=t, vectors=vectors):
            return slow_losses(model, {name: (v if v is not None else [], state)
                                       for name, v in (vectors | changed).items()}, symbols[t : t + 1])  # fmt: skip

        for norms, (name, v) in zip(found, vectors.items(), strict=True):
            steps = min(t if name != "backward" else n - 1 - t, reach)
            assert not norms[t, steps:].any()
            if steps:
                gradient = reference.derivative(
                    lambda tail, name=name, v=v, steps=steps: loss({name: [*v[:-steps], *np.moveaxis(tail, -3, 0)]}),
                    v[-steps:],
                )
                expected = np.linalg.norm(gradient[::-1, 0], axis=1)
                np.testing.assert_allclose(norms[t, :steps], expected, rtol=1e-9, atol=1e-15, err_msg=f"{name} {t}")


def test_a_page_looks_back_as_far_as_it_has_room(rng):
    one_hot, embedded = tiny("rnn", rng), tiny("rnn", rng, embed=3)
    assert reach_on_page(one_hot, 50, 100) == 49 and reach_on_page(one_hot, 500, 100) == 100
    assert reach_on_page(one_hot, 20_000, 100) == 5 and reach_on_page(tiny("birnn", rng), 10_000, 100) == 5
    one_hot.config["V"] = embedded.config["V"] = 10_240
    assert reach_on_page(one_hot, 500, 100) == 5 and reach_on_page(embedded, 500, 100) == 100


def test_the_docs_tell_how_far_back_a_page_looks():
    told = " ".join((ROOT / "docs" / "inspect.md").read_text(encoding="utf-8").split())
    assert f"{PAIRS:,} pairs" in told and f"{PAIRS // 2000} for 2,000 symbols, {PAIRS // 1000} for 1,000" in told
    assert f"One-hot rows of more than {NARROW} symbols" in told


def test_norms_can_be_read_back_from_bytes(rng):
    norms = [rng.random((9, 4)) ** 3, rng.random((9, 4)) ** 3]
    norms[0][2] = norms[1][2] = 0
    told, packed = page.packed_norms(norms, 100)
    assert told["at"] == [100, 136] and told["reach"] == 4
    q = np.frombuffer(packed, np.uint8).reshape(2, 9, 4) / 255.0
    most = np.maximum(norms[0].max(axis=1), norms[1].max(axis=1))
    np.testing.assert_allclose(told["most"], most, rtol=1e-3)
    np.testing.assert_allclose(q**2 * most[:, np.newaxis], norms, atol=most.max() / 250)


def test_norms_that_are_not_finite_leave_a_page_that_a_browser_reads():
    told, packed = page.packed_norms([np.array([[np.inf, 1.0], [np.nan, 3.0], [np.nan, np.inf]])], 0)
    assert told["most"] == [1e300, 3, 1e300] and list(packed) == [255, 0, 0, 255, 0, 255]
