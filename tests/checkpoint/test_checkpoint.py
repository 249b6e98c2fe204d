"""Checkpoints: what is in them, that they can be loaded, and that other files are refused."""

import errno
import os
import pickle

import numpy as np
import pytest

from minrnn import checkpoint
from minrnn.checkpoint import file
from minrnn.checkpoint.file import CheckpointError
from minrnn.checkpoint.pretrained import load_model
from minrnn.checkpoint.tree import NotFiniteError
from minrnn.options.resolve import resolve
from minrnn.system import files
from minrnn.training.run import Run


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


def test_plain_pickle_reads_a_checkpoint_and_finds_built_ins_and_arrays(run, tmp_path):
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


class Trap:
    """Unpickling this makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    (tmp_path / "a.pkl").write_bytes(file.encoded({"config": Trap(tmp_path / "sprung")}))
    with pytest.raises(CheckpointError, match="cannot be unpickled safely"):
        checkpoint.load(tmp_path / "a.pkl")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("contents", [b"", b"A text file.\n", pickle.dumps({"format": "minrnn"}), os.urandom(1000)])
def test_other_files_are_refused(contents, tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(contents)
    with pytest.raises(CheckpointError, match="not a minrnn checkpoint"):
        checkpoint.load(path)


def test_a_later_version_is_refused_by_its_number(tmp_path):
    (tmp_path / "a.pkl").write_bytes(file.encoded({"version": 2}))
    with pytest.raises(CheckpointError, match="version 2"):
        checkpoint.load(tmp_path / "a.pkl")


def test_a_checkpoint_that_could_not_be_loaded_is_not_saved(run, tmp_path):
    path = tmp_path / "a.pkl"
    run.save(path)
    before = path.read_bytes()
    run.model.config["hidden"] = 9
    with pytest.raises(CheckpointError, match=r"the new .*a\.pkl could not be loaded: its config.options.hidden is 8"):
        run.save(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_folders_and_devices_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.pkl")
    (tmp_path / "link.pkl").symlink_to(tmp_path / "pipe.pkl")
    for path in (tmp_path / "pipe.pkl", tmp_path / "link.pkl", tmp_path, "/dev/zero", "/dev/null"):
        with pytest.raises(CheckpointError, match="cannot be read: it is not a file"):
            checkpoint.load(path)


def test_a_file_that_is_missing_or_may_not_be_read_is_refused_with_the_reason(run, tmp_path, monkeypatch):
    for path, reason in ((tmp_path / "none.pkl", "No such file"), (tmp_path / ("x" * 300), "too long"), ("\0", "null")):
        with pytest.raises(CheckpointError, match=f"cannot be read: .*{reason}"):
            checkpoint.load(path)
    run.save(tmp_path / "a.pkl")

    def refuse(*arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CheckpointError, match="cannot be read: Permission denied"):
        checkpoint.load(tmp_path / "a.pkl")


def test_a_file_larger_than_memory_is_not_read(tmp_path):
    """A sparse file: its zeros take no room on the disk."""
    path = tmp_path / "a.pkl"
    footer = file.FOOTER.pack(file.MARK, 5, bytes(32))
    for ending, words in ((b"\0", "not a minrnn checkpoint"), (footer, "damaged")):
        with open(path, "wb") as sparse:
            sparse.seek(2**40)
            sparse.write(ending)
        with pytest.raises(CheckpointError, match=words):
            checkpoint.load(path)


def test_a_file_that_changes_while_it_is_read_is_refused(run, tmp_path, monkeypatch):
    path = tmp_path / "a.pkl"
    run.save(path)
    fstat = os.fstat

    def before_it_changes(handle):
        found = fstat(handle)
        path.write_bytes(path.read_bytes()[::-1][: 7 * found.st_size // 8])
        return found

    monkeypatch.setattr(os, "fstat", before_it_changes)
    with pytest.raises(CheckpointError, match=r"a\.pkl is"):
        checkpoint.load(path)


def test_hidden_states_that_do_not_fit_the_text_and_the_options_are_refused(run, tmp_path):
    run.save(tmp_path / "a.pkl")
    saved = checkpoint.load(tmp_path / "a.pkl")
    for path, value in (("options.batch_size", 3), ("options.shards", 2), ("text.learned", 17)):
        section, name = path.split(".")
        changed = saved | {"config": saved["config"] | {section: saved["config"][section] | {name: value}}}
        (tmp_path / "b.pkl").write_bytes(file.encoded(changed))
        with pytest.raises(CheckpointError, match=r"its progress\.states"):
            checkpoint.load(tmp_path / "b.pkl")


def spoilt(saved, section):
    """The checkpoint with one NaN in this section."""
    changed = pickle.loads(pickle.dumps(saved))
    {"weights": changed["weights"]["output.b"], "optimizer": changed["optimizer"]["m"]}[section][0] = np.nan
    return changed


def test_sampling_checks_the_weights_and_not_the_moments_of_the_optimiser(run, tmp_path):
    run.save(tmp_path / "a.pkl")
    saved = checkpoint.load(tmp_path / "a.pkl")
    path = tmp_path / "b.pkl"
    path.write_bytes(file.encoded(spoilt(saved, "optimizer")))
    model, _ = load_model(path)
    assert model.params.tobytes() == run.model.params.tobytes()
    with pytest.raises(CheckpointError, match=r"its optimizer\.m is not finite"):
        checkpoint.load(path)
    path.write_bytes(file.encoded(spoilt(saved, "weights")))
    for load in (load_model, checkpoint.load):
        with pytest.raises(CheckpointError, match=r"its weights\.output\.b is not finite"):
            load(path)
    path.write_bytes(file.encoded({name: saved[name] for name in ("config", "vocab", "weights")}))
    for load in (load_model, checkpoint.load):
        with pytest.raises(CheckpointError, match="its optimizer is missing"):
            load(path)


@pytest.mark.parametrize("section", ["weights", "optimizer"])
def test_nan_is_not_saved(section, run, tmp_path):
    run.save(tmp_path / "a.pkl")
    saved = checkpoint.load(tmp_path / "a.pkl")
    with pytest.raises(NotFiniteError, match=rf"^its {section}\.\S+ is not finite$"):
        checkpoint.save(tmp_path / "b.pkl", spoilt(saved, section))
    assert not (tmp_path / "b.pkl").exists()


def test_a_checkpoint_from_before_some_options_loads(run, tmp_path):
    run.save(tmp_path / "a.pkl")
    saved = checkpoint.load(tmp_path / "a.pkl")
    for name in ("gates", "forget_bias", "eps", "dropout_mask", "sample_style", "preset"):
        del saved["config"]["options"][name]
    del saved["vocab"]["letters"], saved["config"]["model"]["dropout_mask"]
    checkpoint.save(tmp_path / "b.pkl", saved)
    again = checkpoint.load(tmp_path / "b.pkl")
    assert Run(resolve({}, again["config"]["options"]), again).options["dropout_mask"] == "step"
