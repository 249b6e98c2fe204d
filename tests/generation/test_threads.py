"""One loaded model in another program: several threads use it at once, and the program stays as it was."""

import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from data import vocabulary_from
from minrnn.generation.fill import continued
from minrnn.generation.generate import generate, generate_many, side_by_side
from minrnn.generation.score import score
from minrnn.nn.build import build
from minrnn.nn.ensemble import together
from minrnn.parallel.shards import Shards

V = 12
THREADS, CALLS = 8, 100
KINDS = {
    "gru": [{"cell": "gru", "layers": 2}],
    "lstm with an embedding": [{"cell": "lstm", "embed": 8, "tie_weights": True, "projection": 8, "skip": True}],
    "mogrifier": [{"cell": "mogrifier"}],
    "minlstm": [{"cell": "minlstm", "layers": 2}],
    "cloze": [{"cell": "bigru", "embed": 5}],
    "ensemble": [{"cell": "rnn"}, {"cell": "lnlstm", "hidden": 20}],
    "ensemble of cloze models": [{"cell": "birnn"}, {"cell": "bilstm", "hidden": 20}],
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def model(request):
    models = [{"V": V, "layers": 1, "hidden": 16, **kind} for kind in request.param]
    return together([build(kind, np.random.default_rng(k)) for k, kind in enumerate(models)])


def alone_and_together(call):
    """The results of call(0), ..., call(CALLS - 1): one after the other, and on THREADS threads."""
    alone = list(map(call, range(CALLS)))
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            return alone, list(pool.map(call, range(CALLS)))
    finally:
        sys.setswitchinterval(before)


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.slow
def test_each_thread_writes_what_it_writes_alone(model):
    def write(k):
        rng = np.random.default_rng(k)
        prime = side_by_side(rng.integers(V, size=3 + k % 50), 1 + k % 3)
        if model.directions > 1:
            return continued(model, prime, 20, rng, 2).tolist()
        if k % 2:
            return generate_many(model, prime, 20, rng, 2).tolist()
        return [next(symbols).tolist() for symbols in [generate(model, prime, rng)] for _ in range(20)]

    alone, together = alone_and_together(write)
    assert alone == together


@pytest.mark.slow
def test_each_thread_scores_what_it_scores_alone(model, tmp_path):
    vocabulary = vocabulary_from({"symbols": list("abcdefghijk\n"), "level": "char"})
    training = np.random.default_rng(0).integers(V, size=300)
    for k in range(CALLS):
        letters = np.random.default_rng(k).choice(list("abcdefghijk"), size=10 + 3 * k)
        (tmp_path / f"{k}.txt").write_text("".join(letters))
    learns = model.directions == 1 and hasattr(model, "params")

    def scored(k):
        if k % 3 == 1 and learns:
            dynamic = {"rate": 1e-3, "decay": 1e-3, "T": 5}
            return score(model, vocabulary, str(tmp_path / f"{k}.txt"), training, **dynamic)
        if k % 3 == 2:
            x, y = np.random.default_rng(k).integers(V, size=(2, 30, 4))
            return [*Shards(model, 1 + k % 2, 1 + k % 2).evaluate([(x, y)]), model.forward(x)[0].tolist()]
        return score(model, vocabulary, str(tmp_path / f"{k}.txt"))

    alone, together = alone_and_together(scored)
    assert alone == together


@pytest.mark.parametrize("threads", [1, 2])
def test_the_threads_of_the_linear_algebra_come_back(threads):
    model = build({"V": V, "cell": "gru", "layers": 1, "hidden": 16}, np.random.default_rng(0))
    x = np.random.default_rng(0).integers(V, size=(2, 5, 4))
    prime = side_by_side(x[0, :, 0], 3)

    def work(k):
        generate_many(model, prime, 3, np.random.default_rng(0), 2)
        symbols = generate(model, prime, np.random.default_rng(0))
        next(symbols)
        Shards(build(model.config, np.random.default_rng(0)), 2, 2).gradient(*x, [None, None], [None, None])
        Shards(model, 1, 1).evaluate([x])

    with threadpool_limits(threads, user_api="blas"):
        before = blas_threads()
        work(0)
        assert blas_threads() == before
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(work, range(CALLS)))
        assert blas_threads() == before
