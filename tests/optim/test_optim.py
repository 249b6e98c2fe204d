"""The optimisers follow their published formulas; clipping and schedules give the values they promise."""

import math

import numpy as np
import pytest

from minrnn.gradcheck import formulas
from optim import OPTIMIZERS, SCHEDULES, adagrad, adam, clip_norm, clip_value, global_norm, rmsprop, sgd

SIZE, STEPS = 17, 100


def muon_formula(p, gradients, rates, momentum=0.95, matrices=(), weight_decay=0.0, **adam):
    """Jordan et al. 2024 with the step size of Liu et al. 2025, and Adam for what is in no matrix."""
    new = formulas.adam(p, gradients, rates, weight_decay=weight_decay, **adam)
    for start, (m, n) in matrices:
        part = slice(start, start + m * n)
        W, B = p[part].reshape(m, n), np.zeros((m, n))
        for g, lr in zip(gradients, rates):
            G = g[part].reshape(m, n)
            B = momentum * B + G
            X = newton_schulz(G + momentum * B)
            W = W - lr * weight_decay * W - lr * 0.2 * math.sqrt(max(m, n)) * X
        new[part] = W.ravel()
    return new


def newton_schulz(U):
    """Five rounds on the matrix itself."""
    X = U / np.linalg.norm(U)
    for _ in range(5):
        A = X @ X.T
        X = 3.4445 * X + (-4.775 * A + 2.0315 * A @ A) @ X
    return X


FORMULAS = {
    "sgd": formulas.sgd, "rmsprop": formulas.rmsprop, "adam": formulas.adam, "adagrad": formulas.adagrad,
    "muon": muon_formula,
}  # fmt: skip
# Two matrices side by side, wide and tall, and something before and after them.
MATRICES = ((2, (2, 3)), (8, (4, 2)))
KINDS = [
    ("sgd", {}),
    ("sgd", {"momentum": 0.9}),
    ("rmsprop", {}),
    ("rmsprop", {"rho": 0.95, "eps": 1e-3}),
    ("rmsprop", {"eps": 1e-3, "eps_inside": True}),
    ("adam", {}),
    ("adam", {"weight_decay": 0.1}),
    ("adam", {"beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.02}),
    ("adagrad", {}),
    ("adagrad", {"eps": 1e-3}),
    ("adagrad", {"eps": 1e-3, "eps_inside": True}),
    ("muon", {}),
    ("muon", {"matrices": MATRICES}),
    ("muon", {"matrices": MATRICES, "momentum": 0.8, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.02}),
]
every_kind = pytest.mark.parametrize("name, options", KINDS, ids=["-".join([n, *o]) for n, o in KINDS])


@pytest.fixture
def run(rng):
    """(start, gradients, rates): gradients of very different sizes, a rate that changes at every step."""
    start = rng.standard_normal(SIZE)
    gradients = rng.standard_normal((STEPS, SIZE)) * np.logspace(-3, 1, SIZE)
    return start, gradients, 0.02 * (1.1 + np.sin(np.arange(STEPS)))


def walk(optimizer, params, gradients, rates):
    for g, lr in zip(gradients, rates):
        optimizer.lr = lr
        optimizer.step(params, g)
    return params


def test_the_registries_have_exactly_the_promised_names():
    assert list(OPTIMIZERS) == ["sgd", "rmsprop", "adam", "adagrad", "muon"]
    assert list(SCHEDULES) == ["constant", "staircase", "cosine", "plateau"]


@every_kind
def test_a_hundred_steps_follow_the_formula(name, options, run):
    start, gradients, rates = run
    params = walk(OPTIMIZERS[name](SIZE, **options), start.copy(), gradients, rates)
    np.testing.assert_allclose(params, FORMULAS[name](start, gradients, rates, **options), rtol=1e-12, atol=1e-12)


@every_kind
def test_float32_stays_close_to_the_formula(name, options, run):
    start, gradients, rates = run
    params = start.astype(np.float32)
    walk(OPTIMIZERS[name](SIZE, **options), params, gradients.astype(np.float32), rates)
    assert params.dtype == np.float32
    np.testing.assert_allclose(params, FORMULAS[name](start, gradients, rates, **options), rtol=1e-4, atol=1e-4)


@every_kind
def test_a_step_leaves_the_gradient_alone(name, options, run):
    start, gradients, rates = run
    before = gradients.copy()
    walk(OPTIMIZERS[name](SIZE, **options), start.copy(), gradients, rates)
    np.testing.assert_array_equal(gradients, before)


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loaded_state_goes_on_bit_exactly(name, options, dtype, run):
    start, gradients, rates = (a.astype(dtype) for a in run)
    first, half = OPTIMIZERS[name](SIZE, **options), STEPS // 2
    params = walk(first, start.copy(), gradients[:half], rates[:half])
    middle, state = params.copy(), first.state()
    walk(first, params, gradients[half:], rates[half:])

    second = OPTIMIZERS[name](SIZE, **options)
    second.load_state(state)
    np.testing.assert_array_equal(walk(second, middle, gradients[half:], rates[half:]), params)


@every_kind
def test_a_loaded_state_is_a_copy(name, options, run):
    start, gradients, rates = run
    first, second = (OPTIMIZERS[name](SIZE, **options) for _ in range(2))
    walk(first, start.copy(), gradients[:3], rates[:3])
    state = first.state()
    before = {key: np.copy(value) for key, value in state.items()}
    second.load_state(state)
    walk(second, start.copy(), gradients[3:7], rates[3:7])
    walk(first, start.copy(), gradients[3:7], rates[3:7])
    for key, value in before.items():
        np.testing.assert_array_equal(state[key], value)


@pytest.mark.parametrize(
    "name, options, power",
    [
        ("rmsprop", {}, 1),
        ("rmsprop", {"eps_inside": True}, 2),
        ("adam", {}, 1),
        ("adagrad", {}, 1),
        ("adagrad", {"eps_inside": True}, 2),
    ],
)
def test_the_gradient_of_a_sum_takes_the_same_steps_as_that_of_the_mean_with_eps_divided(name, options, power, run):
    start, gradients, rates = run
    kind, eps, n = OPTIMIZERS[name], 1e-2, 50
    of_sum = walk(kind(SIZE, eps=eps, **options), start.copy(), n * gradients, rates)
    of_mean = walk(kind(SIZE, eps=eps / n**power, **options), start.copy(), gradients, rates)
    np.testing.assert_allclose(of_sum, of_mean, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "update, vectors, numbers",
    [
        (sgd.update, 1, (0.3, 0.9)),
        (rmsprop.update, 1, (0.3, 0.9, 0.1, 1e-3, 1e-2)),
        (adam.update, 2, (0.9, 0.1, 0.99, 0.01, 0.3, 1.7, 1e-8, 0.98)),
        (adagrad.update, 1, (0.3, 1e-3, 1e-2)),
    ],
    ids=["sgd", "rmsprop", "adam", "adagrad"],
)
def test_the_compiled_kernel_equals_its_python_source(update, vectors, numbers, rng):
    params, grads = rng.standard_normal((2, SIZE))
    memory = rng.random((vectors, SIZE))
    compiled = [params.copy(), grads.copy(), *memory.copy()]
    plain = [params.copy(), grads.copy(), *memory.copy()]
    update(*compiled, *numbers)
    update.py_func(*plain, *numbers)
    np.testing.assert_allclose(compiled, plain, rtol=1e-14, atol=1e-15)
    assert not np.array_equal(plain[0], params)


def test_the_global_norm_is_euclidean():
    assert global_norm(np.array([2.0, -3.0, 6.0])) == 7.0


def test_a_norm_up_to_the_limit_is_left_alone(rng):
    grads = rng.standard_normal(SIZE).astype(np.float32)
    before, norm = grads.copy(), global_norm(grads)
    for limit in (norm, 1.5 * norm):
        clip_norm(grads, limit, norm)
        np.testing.assert_array_equal(grads, before)


@pytest.mark.parametrize("dtype, close", [(np.float32, 1e-6), (np.float64, 1e-14)])
def test_a_norm_above_the_limit_becomes_the_limit_and_keeps_the_direction(dtype, close, rng):
    grads = rng.standard_normal(SIZE).astype(dtype)
    before, norm = grads.copy(), global_norm(grads)
    clip_norm(grads, 0.7, norm)
    assert grads.dtype == dtype
    assert global_norm(grads) == pytest.approx(0.7, rel=close)
    np.testing.assert_allclose(grads, before * (0.7 / norm), rtol=close)


def test_clipping_by_value_cuts_both_sides_and_nothing_else():
    grads = np.array([-9.0, -2.0, -0.5, 0.0, 1.5, 2.0, 3.0], np.float32)
    clip_value(grads, 2.0)
    np.testing.assert_array_equal(grads, np.array([-2.0, -2.0, -0.5, 0.0, 1.5, 2.0, 2.0], np.float32))


def test_constant_never_changes():
    schedule = SCHEDULES["constant"](0.3)
    schedule.observe(9.0)
    assert {schedule.lr(step, share) for step, share in [(0, 0.0), (77, 0.5), (1000, 1.0)]} == {0.3}


def test_staircase_steps_down_exactly_at_the_boundaries():
    schedule = SCHEDULES["staircase"](0.8, decay=0.5, decay_every=7)
    rates = [schedule.lr(step, 0.0) for step in (0, 6, 7, 13, 14, 20, 21)]
    assert rates == [0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1]


def test_staircase_counts_its_steps_from_the_start_of_the_decay():
    schedule = SCHEDULES["staircase"](0.8, decay=0.5, decay_every=7, decay_start=5)
    rates = [schedule.lr(step, 0.0) for step in (0, 5, 11, 12, 18, 19, 25, 26)]
    assert rates == [0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1]


def test_staircase_can_say_that_the_rate_falls_at_the_end_of_every_epoch_from_the_tenth_on():
    E, rate = 6, 2e-3  # E steps an epoch
    schedule = SCHEDULES["staircase"](rate, decay=0.97, decay_every=E, decay_start=9 * E)
    for done in range(1, 50 * E + 1):
        # char-rnn's loop: after `done` steps, at the end of an epoch, is it the tenth or a later one?
        if done % E == 0 and done / E >= 10:
            rate *= 0.97
        assert schedule.lr(done, 0.0) == pytest.approx(rate, rel=1e-12)


def test_cosine_rises_to_the_full_rate_over_the_warmup():
    schedule = SCHEDULES["cosine"](0.3, warmup=4)
    rates = [schedule.lr(step, 0.0) for step in range(7)]
    np.testing.assert_allclose(rates, [0.06, 0.12, 0.18, 0.24, 0.3, 0.3, 0.3], rtol=1e-14)


def test_cosine_falls_from_the_full_rate_to_the_final_share():
    schedule = SCHEDULES["cosine"](0.3, final_lr=0.2)
    named = {0.0: 0.3, 1 / 3: 0.3 * (0.2 + 0.8 * 0.75), 0.5: 0.3 * 0.6, 2 / 3: 0.3 * (0.2 + 0.8 * 0.25), 1.0: 0.06}
    np.testing.assert_allclose([schedule.lr(100, share) for share in named], list(named.values()), rtol=1e-14)
    assert schedule.lr(100, 1.01) == schedule.lr(100, 1.0)


def test_cosine_over_a_run_has_one_top_and_falls_monotonely_after_it():
    schedule, steps = SCHEDULES["cosine"](0.3, warmup=20, final_lr=0.1), 500
    rates = np.array([schedule.lr(step, step / (steps - 1)) for step in range(steps)])
    assert (rates > 0).all()
    assert np.argmax(rates) == 20
    assert (np.diff(rates[:21]) > 0).all()
    assert (np.diff(rates[20:]) < 0).all()
    assert rates[-1] == pytest.approx(0.03, rel=1e-12)


def observed(schedule, losses):
    """The rate after each of the losses."""
    rates = []
    for loss in losses:
        schedule.observe(loss)
        rates.append(schedule.lr(0, 0.0))
    return rates


def test_plateau_falls_after_patience_validations_without_improvement_and_counts_anew():
    schedule = SCHEDULES["plateau"](0.8, decay=0.5, decay_patience=2)
    assert schedule.lr(0, 0.0) == 0.8
    assert observed(schedule, [5, 4, 4, 4.5, 4.5, 4.5]) == [0.8, 0.8, 0.8, 0.4, 0.4, 0.2]


def test_plateau_is_patient_again_after_an_improvement():
    schedule = SCHEDULES["plateau"](0.8, decay=0.5, decay_patience=2)
    assert observed(schedule, [5, 6, 4, 6, 3, 6, 3]) == [0.8] * 6 + [0.4]


def test_plateau_counts_a_loss_that_is_no_number_as_no_improvement():
    schedule = SCHEDULES["plateau"](0.8, decay=0.5, decay_patience=2)
    assert observed(schedule, [5, math.nan, math.nan, 4]) == [0.8, 0.8, 0.4, 0.4]


@pytest.mark.parametrize("seen", range(11))
def test_a_plateau_goes_on_from_its_state(seen):
    losses = [5, 6, 4, 4, 4, 4, 3.5, 5, 5, 5, 5]
    whole = observed(SCHEDULES["plateau"](0.8, decay=0.5, decay_patience=3), losses)
    first, second = (SCHEDULES["plateau"](0.8, decay=0.5, decay_patience=3) for _ in range(2))
    observed(first, losses[:seen])
    second.load_state(first.state())
    assert observed(second, losses[seen:]) == whole[seen:]
    assert second.state() == {"scale": 0.25, "best": 3.5, "waited": 1}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_vectors_of_another_size_are_refused(name):
    optimizer = OPTIMIZERS[name](SIZE, lr=0.1)
    for params, grads in ((SIZE + 1, SIZE + 1), (SIZE, SIZE - 1)):
        with pytest.raises(ValueError, match="do not fit"):
            optimizer.step(np.ones(params), np.ones(grads))
    with pytest.raises(ValueError, match="state"):
        optimizer.load_state(OPTIMIZERS[name](1, lr=0.1).state())
