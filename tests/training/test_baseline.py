"""The loss to beat is printed before training and drawn in loss.png; quiet runs do not wait for it."""

import numpy as np
import pytest

from data import ngram_losses
from minrnn.options.resolve import resolve
from minrnn.system.wording import in_short
from minrnn.training import baseline, picture
from minrnn.training.introduction import introduction
from minrnn.training.run import Run
from minrnn.training.trainer import Trainer

SMALL = dict(hidden=8, batch_size=6, seq_len=7, steps=2, threads=1, shards=2, sample_every=0, sample_length=3)


def new_run(text_file, **given):
    return Run(resolve({**SMALL, "text": [str(text_file)], **given}))


@pytest.mark.parametrize("given, order", [({}, 5), ({"level": "byte"}, 5), ({"level": "word"}, 3)])
def test_it_is_that_of_an_n_gram_model_of_the_same_text(given, order, text_file):
    run = new_run(text_file, **given)
    corpus = run.corpus
    expected = ngram_losses(corpus.train, corpus.held_out, len(corpus.vocabulary), order).mean()
    assert run.baseline.loss == expected
    said = in_short(expected, corpus.vocabulary.headline)
    assert f"to beat: validation {said}, by a model that counts the {order}-grams\n" in introduction(run)


def test_of_a_large_text_a_part_is_counted_and_a_part_is_predicted(text_file, monkeypatch):
    monkeypatch.setattr(baseline, "COUNTED", 2000)
    run, asked = new_run(text_file, val_symbols=200), []
    monkeypatch.setattr(baseline, "ngram_losses", lambda *given: asked.append(given) or np.ones(1))
    assert "by a model that counts the 5-grams of 2,000 of the 5,400 symbols\n" in introduction(run)
    assert [len(part) for part in asked[0][:2]] == [2000, 200]


@pytest.mark.parametrize("given", [{"val": 0.0}, {"cell": "bilstm"}])
def test_there_is_none_where_nothing_can_be_compared(given, text_file):
    run = new_run(text_file, **given)
    assert run.baseline is None and "to beat" not in introduction(run)


@pytest.mark.parametrize("quiet", [False, True])
def test_it_is_drawn_unless_the_run_is_quiet(quiet, text_file, tmp_path, monkeypatch, capsys):
    run, drawn = new_run(text_file, quiet=quiet), []
    monkeypatch.setattr(picture, "draw_loss", lambda rows, path, **settings: drawn.append(settings.get("beat")))
    if quiet:
        monkeypatch.setattr(baseline, "ngram_losses", None)
    Trainer(run, tmp_path).train()
    assert drawn == [None if quiet else ("5-grams", run.baseline.loss)]
