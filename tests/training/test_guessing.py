"""A finite loss far above that of blind guessing is said to be so, with what to try; once for each loss."""

import math

import pytest

from minrnn.training.guessing import FAR, worse_than_guessing

LIMIT = math.log(65) + FAR


@pytest.mark.parametrize("loss", [LIMIT + 0.01, 868.0, 1958.0, 1e30])
def test_a_high_training_loss_comes_from_steps_that_are_too_large(loss):
    which, line = worse_than_guessing({"step": 50, "train_loss": loss, "val_loss": loss}, 65)
    assert which == "training" and f"step 50: the training loss of {loss:.4g} nats is worse than guessing" in line
    assert "among 65 symbols, which has 4.174" in line and "--lr" in line and "--clip-norm" in line


def test_a_high_validation_loss_alone_comes_from_learning_by_heart():
    which, line = worse_than_guessing({"step": 50, "train_loss": 0.1, "val_loss": 7.0}, 65)
    assert which == "validation" and "--dropout" in line and "--patience" in line


@pytest.mark.parametrize("row", [{}, {"train_loss": LIMIT - 0.01, "val_loss": LIMIT - 0.01}, {"val_loss": 1.5}])
def test_other_losses_are_not_spoken_of(row):
    assert worse_than_guessing({"step": 50, **row}, 65) is None


def test_a_run_says_it_once_and_a_quiet_one_never(script, text_file):
    wild = ["--cell", "rnn", "--hidden", 16, "--batch-size", 4, "--seq-len", 8, "--steps", 40, "--log-every", 5,
            "--eval-every", 10, "--optimizer", "sgd", "--lr", 300, "--schedule", "constant"]  # fmt: skip
    result = script("train.py", text_file, *wild)
    assert result.returncode == 0, result.stderr
    said = [line for line in result.stderr.replace("\r", "\n").splitlines() if "worse than guessing" in line]
    assert len(said) == 1 and "the training loss" in said[0] and "try a lower --lr" in said[0]
    result = script("train.py", text_file, *wild, "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
