"""Checkpoints: a pickled dict of built-ins and NumPy arrays, followed by a footer.

`pickle.load` reads one anywhere, without this project (it ignores what follows the pickle). The
footer is a mark, the length of the pickle and its SHA-256, so that a file that was cut short or
changed is noticed before anything in it is used. That is no signature: anybody can write a footer.
So `load` does not trust what comes before it either: see SECURITY.md.
"""

import hashlib
import io
import os
import pickle
import stat
import struct

from ..system.errors import CheckpointError
from ..system.files import write_atomic
from .arrays import UnpickleError
from .schema import check_model
from .schema_run import check_run
from .unpickle import loads

FORMAT, VERSION = "minrnn", 1
FOOTER = struct.Struct(">8sQ32s")
MARK = b"minrnn\x00\x01"
SECTIONS = ("config", "vocab", "weights", "optimizer", "progress", "rng")


def save(path, sections):
    """Writes {"config": ..., "weights": ..., ...} (see SECTIONS) to `path`, atomically.

    Raises CheckpointError, and leaves the file that is there, where `load` would not take the new one.
    """
    data = encoded(sections)
    decoded(memoryview(data)[: -FOOTER.size], f"the new {path}")
    write_atomic(path, data)


def encoded(sections):
    """The bytes of a checkpoint with these sections, whatever they are."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file, protocol=4)
    # No references to what came before: equal contents are equal bytes, whether or not they share memory.
    pickler.fast = True
    pickler.dump({"format": FORMAT, "version": VERSION, **sections})
    body = file.getbuffer()
    footer = FOOTER.pack(MARK, len(body), hashlib.sha256(body).digest())
    del body
    file.write(footer)
    return file.getbuffer()


def load(path):
    """The dict that `save` wrote, with all that is in it checked. Raises CheckpointError for anything else."""
    try:
        return decoded(body(path), path)
    except MemoryError:
        raise CheckpointError(f"{path} is larger than this machine's memory; use a smaller one") from None


def decoded(data, path):
    """What a pickle holds, with all that is in it checked; `path` says in errors where it is from."""
    try:
        checkpoint = loads(data)
    except UnpickleError as error:
        raise CheckpointError(f"{path} cannot be unpickled safely: {error}; use a file that train.py wrote") from None
    check_version(checkpoint, path)
    upgrade(checkpoint)
    try:
        check_model(checkpoint)
        check_run(checkpoint)
    except CheckpointError as error:
        raise CheckpointError(f"{path} cannot be used: {error}; use another checkpoint of the run") from None
    return checkpoint


def body(path):
    """The bytes of the pickle, whose footer fits. Raises CheckpointError."""
    unusable = f"{path} is no minrnn checkpoint, or is cut short; name a .pkl file that train.py wrote"
    try:
        with open(path, "rb", buffering=0, opener=open_regular) as file:
            size = os.fstat(file.fileno()).st_size - FOOTER.size
            if size < 0:
                raise CheckpointError(unusable)
            # The end first: what is no checkpoint is not read.
            file.seek(size)
            mark, length, digest = FOOTER.unpack(file.read(FOOTER.size).ljust(FOOTER.size, b"\0"))
            if mark != MARK:
                raise CheckpointError(unusable)
            data = bytearray(size if size == length else 0)
            file.seek(0)
            read, rest = 0, memoryview(data)
            while read < len(data) and (count := file.readinto(rest[read:])):
                read += count
    except (OSError, ValueError) as error:
        if isinstance(error, CheckpointError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise CheckpointError(f"{path} cannot be read: {reason}; name a checkpoint that train.py wrote") from None
    if read < size or length != size or hashlib.sha256(data).digest() != digest:
        raise CheckpointError(f"{path} is damaged: its SHA-256 does not fit; use another checkpoint of the run")
    return data


def open_regular(path, flags):
    """Opens a file, and nothing that only looks like one: a pipe would keep us waiting, a device may do things."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise CheckpointError(f"{path} cannot be read: it is no file; name a checkpoint that train.py wrote")
    # What stands there may have changed by now, and must not make us wait either.
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise CheckpointError(f"{path} cannot be read: it is no file; name a checkpoint that train.py wrote")
    return handle


def check_version(checkpoint, path):
    """Raises CheckpointError unless this is a checkpoint, of a version that is known, with all sections."""
    if type(checkpoint) is not dict or checkpoint.get("format") != FORMAT:
        raise CheckpointError(f"{path} is no minrnn checkpoint; name a .pkl file that train.py wrote")
    version = checkpoint.get("version")
    if type(version) is not int or version < 1:
        raise CheckpointError(f"{path} has no version that ever was; name a .pkl file that train.py wrote")
    if version > VERSION:
        raise CheckpointError(
            f"{path} has version {version}, of a newer minrnn; this one reads up to version {VERSION}: use that minrnn"
        )
    for name in SECTIONS:
        if type(checkpoint.get(name)) is not dict:
            raise CheckpointError(f"{path} has no {name}; use another checkpoint of the run")
    if set(checkpoint) != {"format", "version", *SECTIONS}:
        raise CheckpointError(f"{path} has more in it than a checkpoint; name a .pkl file that train.py wrote")


def upgrade(checkpoint):
    """Gives an early checkpoint what it lacks: cells had no options, and runs no patience; lists were no totals."""
    model, progress = checkpoint["config"].get("model"), checkpoint["progress"]
    if type(model) is dict and "gru_reset" in model:
        reset = model.pop("gru_reset")
        model["cell_options"] = {"reset": reset} if model.get("cell") == "gru" else {}
        progress |= {"waited": 0, "accuracies": [], "epoch_totals": [0.0, 0.0]}
    if "row_totals" not in progress:
        lists = [progress.pop(name, None) for name in ("losses", "accuracies", "norms")]
        numbers = all(type(v) is list and set(map(type, v)) <= {int, float} for v in lists)
        progress["row_totals"] = [len(lists[0]), *map(sum, lists)] if numbers else None
    progress.setdefault("rollbacks", 0)
