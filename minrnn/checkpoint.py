"""Checkpoints: a pickled dict of built-ins and NumPy arrays, followed by a footer.

`pickle.load` reads one anywhere, without this project (it ignores what follows the pickle). The
footer is a mark, the length of the pickle and its SHA-256, so that a file that was cut short or
changed is noticed before anything in it is used.
"""

import hashlib
import io
import pickle
import struct
from pathlib import Path

import numpy as np

from .files import write_atomic

FORMAT, VERSION = "minrnn", 1
FOOTER = struct.Struct(">8sQ32s")
MARK = b"minrnn\x00\x01"
SECTIONS = {"config": dict, "vocab": dict, "weights": dict, "optimizer": dict, "progress": dict, "rng": dict}

# All that a pickled array of numbers names. Nothing else is ever looked up.
ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy._core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,
    ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,
}


class CheckpointError(ValueError):
    """A file that is no checkpoint, or one that cannot be used. The message is one line for the user."""


def save(path, sections):
    """Writes {"config": ..., "weights": ..., ...} (see SECTIONS) to `path`, atomically."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file, protocol=4)
    # No references to what came before: equal contents are equal bytes, whether or not they share memory.
    pickler.fast = True
    pickler.dump({"format": FORMAT, "version": VERSION, **sections})
    body = file.getbuffer()
    footer = FOOTER.pack(MARK, len(body), hashlib.sha256(body).digest())
    del body
    file.write(footer)
    write_atomic(path, file.getbuffer())


def load(path):
    """The dict that `save` wrote. Raises CheckpointError for anything else."""
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise CheckpointError(f"{path} cannot be read: it is no file; name a checkpoint that train.py wrote")
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read: {error.strerror}; name a checkpoint that train.py wrote"
        ) from error
    body, footer = data[: -FOOTER.size], data[-FOOTER.size :]
    if len(footer) < FOOTER.size or not footer.startswith(MARK):
        raise CheckpointError(f"{path} is no minrnn checkpoint, or is cut short; name a .pkl file that train.py wrote")
    _, length, digest = FOOTER.unpack(footer)
    if length != len(body) or hashlib.sha256(body).digest() != digest:
        raise CheckpointError(f"{path} is damaged: its SHA-256 does not fit; use another checkpoint of the run")
    try:
        checkpoint = Reader(io.BytesIO(body)).load()
    except Exception as error:
        raise CheckpointError(f"{path} cannot be unpickled safely ({error}); use a file that train.py wrote") from error
    check(checkpoint, path)
    return upgraded(checkpoint)


class Reader(pickle.Unpickler):
    """An unpickler that finds the four names an array needs, and no others."""

    def find_class(self, module, name):
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return ALLOWED[module, name]


def check(checkpoint, path):
    """Raises CheckpointError unless the dict has the sections it must have."""
    if not isinstance(checkpoint, dict) or checkpoint.get("format") != FORMAT:
        raise CheckpointError(f"{path} is no minrnn checkpoint; name a .pkl file that train.py wrote")
    if checkpoint.get("version") != VERSION:
        raise CheckpointError(f"{path} has version {checkpoint.get('version')}; this program reads version {VERSION}")
    for name, kind in SECTIONS.items():
        if not isinstance(checkpoint.get(name), kind):
            raise CheckpointError(f"{path} has no {name}; use another checkpoint of the run")


def not_finite(value, name=""):
    """The name of the first array in nested dicts, lists and tuples that has a NaN or an infinity; None if none has."""
    if isinstance(value, np.ndarray):
        return None if np.isfinite(value).all() else name
    if isinstance(value, list | tuple):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return None
    found = (not_finite(part, f"{name}.{key}" if name else str(key)) for key, part in value.items())
    return next(filter(None, found), None)


def upgraded(checkpoint):
    """The same checkpoint with what early ones lack: cells had no options, and runs no patience."""
    model, progress = checkpoint["config"].get("model", {}), checkpoint["progress"]
    if "gru_reset" in model:
        reset = model.pop("gru_reset")
        model["cell_options"] = {"reset": reset} if model.get("cell") == "gru" else {}
        progress |= {"waited": 0, "accuracies": [], "epoch_totals": [0.0, 0.0]}
    progress.setdefault("rollbacks", 0)
    return checkpoint
