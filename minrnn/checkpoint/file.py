"""The file of a checkpoint: a pickled dict of built-ins and NumPy arrays, and a footer.

`pickle.load` reads one anywhere, without this project (it ignores what follows the pickle). The
footer is a mark, the length of the pickle and its SHA-256, which tell whether the file was cut short
or damaged. It is not a signature: anybody can write a footer. So `load` does not trust what comes
before it: see SECURITY.md.
"""

import hashlib
import io
import os
import pickle
import stat
import struct
from os import PathLike

from ..own_cell.names import UnknownCellError
from ..system.errors import CheckpointError
from ..system.files import write_atomic
from .arrays import UnpickleError
from .schema import CHECKPOINT, FORMAT, MODEL_ONLY, VERSION, WITHOUT_RUN, has_run
from .tree import NotFiniteError, compare
from .unpickle import loads

FOOTER = struct.Struct(">8sQ32s")
MARK = b"minrnn\x00\x01"
USE = "name a .pkl file that train.py wrote"


def save(path: str | PathLike, sections: dict) -> None:
    """Writes {"config": ..., "weights": ..., ...} (see schema.py) to `path`, atomically.

    Raises, and leaves the file that is there, if `load` would refuse the new one: NotFiniteError for a
    NaN or an infinity, else CheckpointError. Raises OSError if it cannot be written.
    """
    data = encoded(sections)
    try:
        compare(loads(memoryview(data)[: -FOOTER.size], copy=False), CHECKPOINT if has_run(sections) else WITHOUT_RUN)
    except NotFiniteError:
        raise
    except ValueError as error:
        raise CheckpointError(f"the new {path} could not be loaded: {error}") from None
    write_atomic(path, data)


def load(path: str | PathLike, model_only: bool = False, need_run: bool = True) -> dict:
    """The dict that `save` wrote. All of it has been checked; with `model_only`, what sampling uses.

    Raises CheckpointError for anything else, and for a model without a run if one is needed; UnknownCellError for a
    model with a cell out of a file that the user has not named.
    """
    try:
        data = body(path)
        try:
            checkpoint = loads(data)
            alone = not model_only and not has_run(checkpoint)
            compare(checkpoint, MODEL_ONLY if model_only else WITHOUT_RUN if alone else CHECKPOINT)
        except UnpickleError as error:
            raise CheckpointError(f"{path} cannot be unpickled safely: {error}; {USE}") from None
        except UnknownCellError as error:
            raise UnknownCellError(f"{path} {error}", error.label) from None
        except ValueError as error:
            raise CheckpointError(f"{path} cannot be used: {error}; use another checkpoint of the run") from None
        if alone and need_run:
            raise CheckpointError(f"{path} holds a model without a run, for sample.py and train.py --init-from")
    except MemoryError:
        raise CheckpointError(f"{path} is larger than this machine's memory; use a smaller one") from None
    return checkpoint


def encoded(sections: dict) -> memoryview:
    """The bytes of a checkpoint with these sections, whatever they are."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file, protocol=4)
    # Without references to earlier objects, equal contents are equal bytes whether or not they share memory.
    pickler.fast = True
    pickler.dump({"format": FORMAT, "version": VERSION, **sections})
    body = file.getbuffer()
    footer = FOOTER.pack(MARK, len(body), hashlib.sha256(body).digest())
    del body
    file.write(footer)
    return file.getbuffer()


def body(path: str | PathLike) -> bytearray:
    """The bytes of the pickle. Raises CheckpointError unless the footer fits."""
    try:
        with open(path, "rb", opener=open_regular) as file:
            size = os.fstat(file.fileno()).st_size - FOOTER.size
            # The footer first: other files are not read any further.
            file.seek(max(size, 0))
            mark, length, digest = FOOTER.unpack(file.read(FOOTER.size).ljust(FOOTER.size, b"\0"))
            if size < 0 or mark != MARK:
                raise CheckpointError(f"{path} is not a minrnn checkpoint, or is cut short; {USE}")
            data = bytearray(size if size == length else 0)
            file.seek(0)
            read = file.readinto(data)
    except CheckpointError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CheckpointError(f"{path} cannot be read: {reason}; {USE}") from None
    if read < size or length != size or hashlib.sha256(data).digest() != digest:
        raise CheckpointError(f"{path} is damaged: its SHA-256 does not fit; use another checkpoint of the run")
    return data


def open_regular(path: str | PathLike, flags: int) -> int:
    """Opens a file. A pipe would make us wait, and a device may do things when it is opened."""
    irregular = CheckpointError(f"{path} cannot be read: it is not a file; {USE}")
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise irregular
    # The path may have become a pipe since then. That must not make us wait either.
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise irregular
    return handle
