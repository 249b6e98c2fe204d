"""One training step as a whole, from the batch to the update: each part alone may be right."""

import numpy as np
import pytest

from minrnn.gradcheck import reference, reference_model
from minrnn.nn.build import build
from minrnn.options.resolve import resolve
from minrnn.parallel.shards import Shards
from minrnn.training.run import Run

SMALL = dict(hidden=6, batch_size=5, seq_len=4, steps=50, quiet=True, threads=1)
PLAIN = dict(optimizer="sgd", schedule="constant", lr=0.7, layers=1, output_bias="zero")


def new_run(text_file, **given):
    return Run(resolve({**SMALL, "text": [str(text_file)], **given}))


@pytest.mark.parametrize("count", [1, 3])
def test_a_step_follows_the_gradient_of_the_mean_loss_over_all_steps_and_rows(count, rng):
    T, N, V, H = 3, 4, 5, 6
    model = build(dict(V=V, cell="lstm", hidden=H), rng, np.float64)
    model.params += 0.3 * rng.standard_normal(model.params.shape)
    x, y = rng.integers(0, V, (2, T, N))
    shards = Shards(model, count, 1)
    loss, _, _ = shards.gradient(x, y, shards.zero_states(N), [None] * count)
    weights, zero = model.weights(), (np.zeros((N, H)), np.zeros((N, H)))

    def loss_of(w):
        return reference_model.next_symbol_loss(model.config, w, x, y, [zero])

    assert abs(loss - loss_of(weights)) < 1e-13
    for prefix, part in model.parts.items():
        for key, got in part.grads.items():
            name = prefix + key
            expected = reference.derivative(lambda v, name=name: loss_of({**weights, name: v}), weights[name])
            assert reference.relative_error(got, expected) < 1e-12, name


@pytest.mark.parametrize("carry", ["stream", "none"])
def test_a_batch_goes_on_from_the_state_that_the_one_before_it_left(carry, text_file):
    run = new_run(text_file, carry=carry, shards=1)
    x, _, first = run.next_batch()
    expected = run.model.replica().forward(x, first[0])[1]
    run.train_step()
    (state,) = run.next_batch()[2]
    for got, left in zip(state[0], expected[0]):
        assert left.any()
        np.testing.assert_array_equal(got, left if carry == "stream" else 0, err_msg="the state of the second batch")


@pytest.mark.parametrize("value", [0.0, 0.03])
def test_one_global_norm_is_clipped_after_the_shards_are_summed_and_values_are_cut(value, text_file):
    """Clipped part by part, the gradient would have another direction; clipped shard by shard, it would be too long."""
    limit = 0.05
    run = new_run(text_file, shards=3, clip_norm=limit, clip_value=value, **PLAIN)
    whole = new_run(text_file, shards=1, clip_norm=0.0, **PLAIN)
    before = run.model.params.copy()
    for r in (run, whole):
        r.train_step()
    g = whole.model.grads.astype(np.float64)
    assert np.linalg.norm(g) > 4 * limit
    if value:
        assert limit / np.linalg.norm(g) * abs(g).max() < value < abs(g).max()  # in the other order, nothing is cut
        g = np.clip(g, -value, value)
    assert np.linalg.norm(g) > 2 * limit
    step = PLAIN["lr"] * limit * g / np.linalg.norm(g)
    np.testing.assert_allclose(before - run.model.params, step, atol=1e-6, err_msg="the clipped step")


def test_l2_is_added_to_the_gradient_after_clipping_and_not_to_the_loss(text_file):
    limit, strength = 0.05, 0.2
    plain, run = (new_run(text_file, clip_norm=limit, l2=x, **PLAIN) for x in (0.0, strength))
    before, matrices = run.model.weights(), [name for name, w in run.model.weights().items() if w.ndim == 2]
    before = {name: w.astype(np.float64) for name, w in before.items()}
    for r in (plain, run):
        r.train_step()
    assert run.row_totals == plain.row_totals
    for name, w in run.model.weights().items():
        expected = plain.model.weights()[name] - PLAIN["lr"] * strength * before[name] * (name in matrices)
        np.testing.assert_allclose(w, expected, atol=1e-6, err_msg=name)
