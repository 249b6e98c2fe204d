"""How a run begins: its folder, new or found again, its options, and the checkpoint that it goes on from."""

import os
from pathlib import Path

from .. import checkpoint
from ..options.resolve import resolve
from ..rundir.folder import FILES, LAST, latest, lock, make, refuse_used, unused
from ..rundir.tensorboard import event_writer
from ..system.errors import OptionError


def open_folder(given, held):
    """(folder, options, saved) for what was `given` on the command line.

    With --resume, `saved` is the checkpoint to go on from, and the folder is locked for as long as `held`, an
    ExitStack, lasts. Of a new run nothing is written yet (see `claim`), and where no folder was named it is None.
    """
    if given.get("resume"):
        folder = Path(given["out"]) if "out" in given else latest()
        if not os.path.exists(folder / LAST):
            raise OptionError(f"there is no run in {folder} to resume; name its folder by --out, or leave out --resume")
        lock(folder, held)
        for path in (folder / name for name in FILES):
            if path.exists() and not path.is_file():
                raise OptionError(f"cannot write {path}: it is no file; remove it, or put it elsewhere")
        saved = checkpoint.load(folder / LAST)
        return folder, resolved(given, saved["config"]["options"]), saved
    folder = Path(given["out"]) if "out" in given else None
    if folder:
        refuse_used(folder)
    return folder, resolved(given), None


def resolved(given, saved=None):
    """All options of the run; OptionError, before anything is written, also where --tensorboard lacks its package."""
    options = resolve(given, saved)
    if options["tensorboard"]:
        event_writer()
    return options


def claim(folder, options, held):
    """Makes the folder of a new run, locked while `held` lasts; returns it."""
    if folder is None:
        folder = unused(options)
    else:
        make(folder)
    lock(folder, held)
    refuse_used(folder)  # Another run may have come since we looked first, and be gone again.
    return folder
