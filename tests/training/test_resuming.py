"""Which checkpoint --resume goes on from, and what it says when that one is damaged or missing."""

import shutil

import pytest
from conftest import assert_refused
from runs import TINY, steps_logged

from minrnn import checkpoint


@pytest.fixture(scope="module")
def long_run(text_file, tmp_path_factory):
    """A run of 20 steps with a kept checkpoint at step 8, 12, 16 and 20."""
    from programs import run_in_process

    place = tmp_path_factory.mktemp("kept")
    options = ("--steps", 20, "--eval-every", 4, "--log-every", 4, "--keep", 4, "--quiet", "--out", "r")
    assert run_in_process("train.py", text_file, *TINY, *options, cwd=place).returncode == 0
    return place / "r"


@pytest.fixture
def run(long_run, tmp_path):
    shutil.copytree(long_run, tmp_path / "r")
    return tmp_path / "r"


def step_of(path):
    return checkpoint.load(path)["progress"]["step"]


def test_a_run_goes_back_to_a_kept_checkpoint_and_ends_with_the_same_bytes(script, run):
    weights = checkpoint.load(run / "last.pkl")["weights"]
    result = script("train.py", "--resume", "r/step-00000012.pkl")
    assert result.returncode == 0, result.stderr
    assert "goes back to step 12 of r/step-00000012.pkl" in result.stderr
    assert steps_logged(run) == [4, 8, 12, 16, 20]
    for name, w in checkpoint.load(run / "last.pkl")["weights"].items():
        assert w.tobytes() == weights[name].tobytes()


def test_a_run_goes_on_from_its_best_weights(script, run):
    (run / "best.pkl").write_bytes((run / "step-00000008.pkl").read_bytes())
    result = script("train.py", "--resume", "r/best.pkl", "--steps", 10, "--quiet")
    assert result.returncode == 0, result.stderr
    assert step_of(run / "last.pkl") == 10 and steps_logged(run) == [4, 8, 10]


@pytest.mark.parametrize("named", [("r",), ("r/",), ("r/last.pkl",), ("r", "--out", "r"), ("r/last.pkl", "--out", "r")])
def test_a_run_can_be_named_beside_resume(named, script, run):
    result = script("train.py", "--resume", *named, "--steps", 22, "--quiet")
    assert result.returncode == 0, result.stderr
    assert step_of(run / "last.pkl") == 22


def test_a_run_can_be_named_beside_its_moved_text(script, run, text_file, tmp_path):
    shutil.copy(text_file, tmp_path / "moved.txt")
    assert script("train.py", "--resume", "moved.txt", "r", "--steps", 22, "--quiet").returncode == 0
    assert checkpoint.load(run / "last.pkl")["config"]["options"]["text"] == ["moved.txt"]


def test_only_one_run_can_be_named(script, run, tmp_path):
    shutil.copytree(run, tmp_path / "other")
    assert_refused(script("train.py", "--resume", "r", "other"), "r and other are named; name one")
    assert_refused(script("train.py", "--resume", "r/best.pkl", "--out", "other"), "r/best.pkl and other are named")
    assert_refused(script("train.py", "--resume", "r/best.pkl", "r/last.pkl"), "name one")


@pytest.mark.parametrize("damage", [b"", b"cut", None], ids=["empty", "cut short", "missing"])
def test_a_damaged_last_checkpoint_names_those_that_are_whole(damage, script, run):
    last = run / "last.pkl"
    last.unlink() if damage is None else last.write_bytes(damage and last.read_bytes()[:-99])
    (run / "step-00000020.pkl").write_bytes(b"?")
    (run / "best.pkl").write_bytes((run / "step-00000008.pkl").read_bytes())
    result = script("train.py", "--resume", "r")
    assert_refused(result, "r/last.pkl", "best.pkl (step 8), step-00000008.pkl (step 8)", "step-00000016.pkl (step 16)")
    assert "step-00000020.pkl" not in result.stderr
    command = result.stderr.rpartition("python ")[2].split()
    assert command == ["train.py", "--resume", "r/step-00000016.pkl"]
    assert script(*command, "--quiet").returncode == 0
    assert step_of(last) == 20


def test_a_run_without_a_whole_checkpoint_is_told_so(script, run):
    for path in run.glob("*.pkl"):
        path.write_bytes(b"?")
    assert_refused(script("train.py", "--resume", "r"), "r/last.pkl is not a minrnn checkpoint", "start a new run")


def test_a_checkpoint_that_does_not_exist_is_named_with_those_that_do(script, run):
    result = script("train.py", "--resume", "r/step-00000011.pkl")
    assert_refused(result, "r/step-00000011.pkl cannot be read", "last.pkl (step 20)", "--resume r/last.pkl")
