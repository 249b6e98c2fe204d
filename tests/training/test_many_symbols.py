"""With thousands of symbols, a training step predicts among a sample of them; an option or an older run has all."""

from types import SimpleNamespace

import numpy as np
import pytest

from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.options.training_options import MANY_SYMBOLS, MOST_SAMPLED
from minrnn.training import corpus
from minrnn.training.introduction import introduction
from minrnn.training.run import Run
from minrnn.training.sampling import new_sampler, reading_to_learning


@pytest.mark.parametrize("given", [None, 0, 7])
@pytest.mark.parametrize("V, chosen", [(MANY_SYMBOLS - 1, 0), (MANY_SYMBOLS, MANY_SYMBOLS // 4), (9000, MOST_SAMPLED)])
def test_who_names_no_number_samples_where_symbols_are_many(V, chosen, given):
    expected = chosen if given is None else given
    sampler = new_sampler(SimpleNamespace(vocabulary=range(V), counts=lambda: np.ones(V, int)), given)
    assert (sampler.K if sampler else 0) == expected
    assert sampler is None or sampler.q.sum() == pytest.approx(expected)


@pytest.fixture(scope="module")
def many_words(tmp_path_factory):
    """A text of MANY_SYMBOLS words, each of them twice."""
    path = tmp_path_factory.mktemp("words") / "words.txt"
    path.write_text(" ".join(f"w{k}" for k in 2 * list(range(MANY_SYMBOLS))))
    return path


def new_run(text, **given):
    return Run(resolve({"text": [str(text)], "level": "word", "hidden": 4, "threads": 1, "steps": 4, **given}))


def test_a_run_of_many_words_says_so_and_what_gives_all(many_words):
    said = introduction(new_run(many_words))
    assert f"softmax: for 70% of the run over the symbols of a batch and about {MANY_SYMBOLS // 4} more" in said
    assert "softmax:" not in introduction(new_run(many_words, sampled_softmax=0))


def test_a_run_that_is_older_than_the_option_goes_on_with_all_symbols(many_words, tmp_path):
    run = new_run(many_words)
    run.train_step()
    run.save(tmp_path / "run.pkl")
    saved = checkpoint.load(tmp_path / "run.pkl")
    assert Run(resolve({"threads": 1}, saved["config"]["options"]), saved).sampler
    del saved["config"]["options"]["sampled_softmax"]
    assert Run(resolve({"threads": 1}, saved["config"]["options"]), saved).sampler is None


@pytest.mark.parametrize(
    "more", [{}, {"embed": 9, "cell": "bigru"}, {"embed": 6, "tie_weights": True, "projection": 6}]
)
def test_a_validation_reads_less_where_a_sample_makes_learning_cheaper(many_words, more):
    """By the multiplications of a forward pass: of the matrices of the cells, and of the output for V or the sample."""
    run = new_run(many_words, layers=2, hidden=4, **more)
    c, V = run.model.config, len(run.corpus.vocabulary)
    directions, gates, first = (2, 3, 9) if "cell" in more else (1, 4, c["embed"])
    cells = directions * gates * 4 * (first + 3 * 4)
    width = c["projection"] or directions * 4
    samples = [len(run.sampler.draw(y, np.random.default_rng(k)).symbols) for k, y in enumerate(targets(run))]
    expected = (cells + width * V) / (cells + width * np.mean(samples))
    N, T = run.streams.N, run.streams.T
    assert reading_to_learning(run.model, run.sampler, N * T) == pytest.approx(expected, rel=0.02)
    assert run.held_out.last_share == pytest.approx(0.2 / expected, rel=0.02)
    assert reading_to_learning(run.model, None, N * T) == 1


def targets(run):
    """Batches of targets drawn as they occur in the text."""
    rng = np.random.default_rng(7)
    return [rng.choice(run.corpus.train, (run.streams.T, run.streams.N)) for _ in range(40)]


@pytest.mark.parametrize("at_a_time", [1, 7, 8000, 10**6])
def test_a_long_text_is_counted_piece_by_piece(many_words, at_a_time, monkeypatch):
    monkeypatch.setattr(corpus, "COUNTED_AT_A_TIME", at_a_time)
    found = new_run(many_words, sampled_softmax=0).corpus
    expected = np.bincount(found.train, minlength=len(found.vocabulary))
    np.testing.assert_array_equal(found.counts(), expected)
