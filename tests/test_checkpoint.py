"""Checkpoints: what is in them, that they survive, and that nothing else is taken for one."""

import errno
import os
import pickle

import numpy as np
import pytest

from minrnn import checkpoint, files
from minrnn.checkpoint import CheckpointError
from minrnn.pretrained import load_model
from minrnn.resolve import resolve
from minrnn.run import Run


@pytest.fixture
def run(text_file):
    run = Run(resolve(dict(text=[str(text_file)], hidden=8, layers=2, embed=5, steps=9, batch_size=4, seq_len=6)))
    run.train_step()
    return run


def builtins_only(value):
    if isinstance(value, dict):
        return all(type(k) is str and builtins_only(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(builtins_only, value))
    return type(value) in (str, int, float, bool, type(None), np.ndarray)


def test_plain_pickle_reads_one_and_finds_built_ins_and_arrays(run, tmp_path):
    run.save(tmp_path / "a.pkl")
    with open(tmp_path / "a.pkl", "rb") as file:
        saved = pickle.load(file)
    assert list(saved) == ["format", "version", "config", "vocab", "weights", "optimizer", "progress", "rng"]
    assert (saved["format"], saved["version"]) == ("minrnn", 1)
    assert builtins_only(saved)
    assert saved["vocab"]["level"] == "char" and saved["vocab"]["symbols"] == run.corpus.vocabulary.symbols
    names = [f"layers.{k}.{name}" for k in range(2) for name in ("Wx", "Wh", "b")]
    assert list(saved["weights"]) == ["embedding", *names, "output.W", "output.b"]
    assert {"step", "epoch", "position"} <= set(saved["progress"])


def test_loading_gives_the_same_model(run, tmp_path):
    run.save(tmp_path / "a.pkl")
    model, vocabulary = load_model(tmp_path / "a.pkl")
    assert vocabulary.symbols == run.corpus.vocabulary.symbols
    assert model.params.tobytes() == run.model.params.tobytes()


def test_every_cut_and_every_changed_byte_is_noticed(tmp_path):
    path = tmp_path / "a.pkl"
    checkpoint.save(path, {name: {} for name in checkpoint.SECTIONS})
    whole = path.read_bytes()
    checkpoint.load(path)
    for k in range(len(whole)):
        for damaged in (whole[:k], whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :]):
            path.write_bytes(damaged)
            with pytest.raises(CheckpointError):
                checkpoint.load(path)


class Trap:
    """Unpickling this makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    checkpoint.save(tmp_path / "a.pkl", {"config": Trap(tmp_path / "sprung")})
    with pytest.raises(CheckpointError, match="cannot be unpickled safely"):
        checkpoint.load(tmp_path / "a.pkl")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("contents", [b"", b"A text file.\n", pickle.dumps({"format": "minrnn"}), os.urandom(1000)])
def test_other_files_are_refused(contents, tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(contents)
    with pytest.raises(CheckpointError, match="no minrnn checkpoint"):
        checkpoint.load(path)


def test_a_later_version_is_refused_by_its_number(tmp_path):
    checkpoint.save(tmp_path / "a.pkl", {"version": 2})
    with pytest.raises(CheckpointError, match="version 2"):
        checkpoint.load(tmp_path / "a.pkl")


def test_weights_of_another_shape_are_refused(run, tmp_path):
    run.model.config["hidden"] = 9
    run.save(tmp_path / "a.pkl")
    with pytest.raises(CheckpointError, match=r"layers\.0\.Wx has shape"):
        load_model(tmp_path / "a.pkl")


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file_and_no_litter(failing, tmp_path, monkeypatch):
    path = tmp_path / "a.pkl"
    files.write_atomic(path, b"old")

    def fail(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="No space"):
        files.write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
