"""What a trial tells its study, and what a search says when the study fails it. In this process, so quick."""

from types import SimpleNamespace

import pytest
from conftest import assert_refused

optuna = pytest.importorskip("optuna")
from minrnn.tune import search as searching  # noqa: E402
from minrnn.tune.space import axis  # noqa: E402
from minrnn.tune.study import open_study, reason  # noqa: E402
from minrnn.tune.trial import carry_out  # noqa: E402

SMALL = dict(hidden=4, layers=1, batch_size=4, seq_len=8, threads=1, steps=4, eval_every=2)
COMMON = ["--space", "lr=log:1e-4:1e-2", "--hidden", 4, "--layers", 1, "--batch-size", 4, "--seq-len", 8,
          "--threads", 1, "--study", "s", "--steps", 4, "--trials", 1]  # fmt: skip


def states(study):
    return [trial.state.name for trial in study.trials]


def test_a_trial_that_is_stopped_in_its_last_validation_is_not_over(text_file, tmp_path, monkeypatch):
    """Its steps are all done then, but there may be no loss to tell."""
    from minrnn.training.run import Run

    outer, validate = SimpleNamespace(signal=None), Run.validate

    def stopped(run):
        outer.signal = 2
        return validate(run)

    study = open_study(tmp_path / "s", None, {"text": "x"})
    fixed = SMALL | {"text": [str(text_file)], "eval_every": 100}
    with monkeypatch.context() as patch:
        patch.setattr(Run, "validate", stopped)
        how = carry_out(study, study.ask(), [axis("lr=log:1e-4:1e-2")], fixed, tmp_path / "s", outer)
    assert how == "stopped at step 4" and states(study) == ["FAIL", "WAITING"]
    outer.signal = None
    how = carry_out(study, study.ask(), [axis("lr=log:1e-4:1e-2")], fixed, tmp_path / "s", outer)
    assert how.startswith("loss ") and states(study) == ["FAIL", "COMPLETE"] and 0 < study.best_value < 10


def test_a_storage_that_fails_in_the_middle_is_told_in_one_line(script, text_file, monkeypatch):
    def fails(*arguments):
        raise optuna.exceptions.StorageInternalError("gone: mysql://me:secret@there/x\nmore")

    monkeypatch.setattr(searching, "loop", fails)
    result = script("minrnn.tune", text_file, *COMMON)
    assert_refused(result, "cannot be read or written any more: gone: mysql://there/x; the same command goes on")


def test_other_errors_of_the_program_stay_errors(script, text_file, monkeypatch):
    def fails(*arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(searching, "loop", fails)
    with pytest.raises(ZeroDivisionError):
        script("minrnn.tune", text_file, *COMMON)


def test_no_message_has_a_password():
    assert reason(ValueError("no mysql://me:secret@host/x, nor redis://:pw@h")) == "no mysql://host/x, nor redis://h"


@pytest.mark.parametrize(
    "url", ["sqlite:////no/such/folder/x.db", "mysql://me:secret@nowhere/x", "gopher://me:secret@x"]
)
def test_a_storage_that_cannot_be_reached_is_refused_in_one_line(url, script, text_file):
    result = script("minrnn.tune", text_file, *COMMON, "--storage", url)
    assert_refused(result, "cannot be used as a study", "--storage")
    assert "secret" not in result.stderr


def test_without_optuna_the_line_says_how_to_install_it(script, text_file, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    assert_refused(script("minrnn.tune", text_file, *COMMON), "pip install -e '.[tune]'")


REFUSED = {
    "no such option": (["--space", "hiden=1,2"], ["did you mean hidden"]),
    "an empty range": (["--space", "dropout=0.5:0.5"], ["is empty"]),
    "files that become one": (["--test-share", 0.1, "--val-files", 1], ["--val-files has none to hold out"]),
    "a share that is none": (["--test-share", 1], ["--test-share", "not including, 1"]),
    "no trials": (["--trials", 0], ["--trials"]),
    "a fixed option twice": (["--space", "hidden=4,8"], ["hidden is given twice"]),
}


@pytest.mark.parametrize("arguments, words", REFUSED.values(), ids=REFUSED)
def test_bad_input_is_refused_in_one_line(arguments, words, script, text_file):
    assert_refused(script("minrnn.tune", text_file, *COMMON, *arguments), *words)


@pytest.mark.slow
def test_a_second_process_is_told_to_share_the_cores(script, text_file, tmp_path):
    """Whoever gives no --threads takes all cores."""
    options = [*COMMON[:10], *COMMON[12:]]
    assert "--threads" not in options
    first = script("minrnn.tune", text_file, *options)
    assert first.returncode == 0 and "--threads" not in first.stderr
    from minrnn.tune.journal import JOURNAL, journal

    optuna.load_study(study_name="s", storage=journal(tmp_path / "s" / JOURNAL)).ask()
    second = script("minrnn.tune", text_file, *options)
    assert second.returncode == 0 and "another process searches too; give each --threads N" in second.stderr
    assert "not over, or killed a moment ago: 1 trial; the same command again" in second.stderr
