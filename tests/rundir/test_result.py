"""result.json says what came out of a run: at its end, after a stop, and again after a resumed run."""

import csv
import json
import math
import os
import platform
import signal
import threading

import numba
import numpy as np
import pytest
from conftest import assert_refused
from runs import TINY

import minrnn
from minrnn import checkpoint
from minrnn.options.resolve import resolve
from minrnn.training.run import Run
from minrnn.training.trainer import Trainer

SIZES = dict(hidden=8, batch_size=6, seq_len=7, log_every=2, eval_every=3, threads=1, quiet=True)


def trained(folder, text_file, saved=None, **options):
    """The Trainer of a run in this folder that has been trained, new or from a checkpoint."""
    given = SIZES | options
    if saved:
        options = resolve({"quiet": True, "threads": 1} | options, saved["config"]["options"])
    else:
        options = resolve({"text": [str(text_file)], **given})
    folder.mkdir(exist_ok=True)
    trainer = Trainer(Run(options, saved), folder)
    trainer.train()
    return trainer


def result_in(folder):
    return json.loads((folder / "result.json").read_text())


def test_the_result_is_that_of_the_run(text_file, tmp_path):
    run = trained(tmp_path, text_file, steps=9).run
    result = result_in(tmp_path)
    with open(tmp_path / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    losses = [float(row["val_loss"]) for row in rows if row["val_loss"]]
    assert result["finished"] is True
    assert result["best_loss"] == run.best == pytest.approx(min(losses))
    assert result["perplexity"] == pytest.approx(math.exp(run.best))
    assert result["bits_per_character"] == pytest.approx(run.best / math.log(2))
    assert (result["val_loss"], result["train_loss"]) == (losses[-1], float(rows[-1]["train_loss"]))
    assert (result["step"], result["symbols"], result["seconds"] > 0) == (9, 9 * 6 * 7, True)
    assert result["parameters"] == run.model.params.size and result["vocabulary"] == len(run.corpus.vocabulary)
    assert result["options"] == checkpoint.load(tmp_path / "last.pkl")["config"]["options"]
    assert result["text"] == run.corpus.digest
    assert result["versions"] == {
        "minrnn": minrnn.__version__, "python": platform.python_version(), "numpy": np.__version__,
        "numba": numba.__version__,
    }  # fmt: skip


def test_what_was_not_measured_is_null(text_file, tmp_path):
    trained(tmp_path, text_file, steps=1, val=0.0, eval_every=0, log_every=0)
    result = result_in(tmp_path)
    assert [result[name] for name in ("best_loss", "perplexity", "bits_per_character", "val_loss")] == [None] * 4
    assert result["train_loss"] > 0


def test_a_stopped_run_has_a_result_that_says_so_and_a_resumed_one_a_new_one(text_file, tmp_path, monkeypatch):
    train_step = Run.train_step

    def stopping(run):
        train_step(run)
        if run.step == 4:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Run, "train_step", stopping)
    assert threading.current_thread() is threading.main_thread()
    trained(tmp_path, text_file, steps=9)
    stopped = result_in(tmp_path)
    assert (stopped["finished"], stopped["step"]) == (False, 4)
    monkeypatch.undo()
    trained(tmp_path, text_file, checkpoint.load(tmp_path / "last.pkl"))
    trained(tmp_path / "whole", text_file, steps=9)
    ended, whole = result_in(tmp_path), result_in(tmp_path / "whole")
    assert ended.pop("seconds") > 0 and whole.pop("seconds") > 0
    assert ended == whole and ended["finished"] is True


def test_a_folder_with_a_result_holds_a_run(script, text_file, tmp_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "result.json").write_text("{}")
    assert_refused(script("train.py", text_file, *TINY, "--out", "r"), "holds a run already")
    assert (tmp_path / "r" / "result.json").read_text() == "{}"
