"""Where a run lives: a folder of its own, found again on --resume, and never written over by another run."""

import os
import re
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from ..system.errors import OptionError
from ..system.files import sweep
from ..system.lock import Lock

RUNS = Path("runs")
FILES = LAST, BEST, LOG, PLOT = "last.pkl", "best.pkl", "log.csv", "loss.png"
KEPT = re.compile(r"step-(\d{8,})\.pkl")


def make(folder):
    """Makes the folder, if it is not there."""
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise OptionError(f"cannot write into {folder}: it is a file; name a folder by --out")
    with writing_into(folder):
        folder.mkdir(parents=True, exist_ok=True)


def refuse_used(folder):
    """Raises OptionError where a run has left its files."""
    with writing_into(folder):
        used = any(os.path.exists(folder / name) for name in FILES) or kept(folder)
    if used:
        raise OptionError(f"{folder} holds a run already; go on with it by --resume, or name another --out")


def lock(folder, held):
    """Keeps other runs out of the folder while `held` lasts, and removes what a killed one left half written."""
    with writing_into(folder):
        held.enter_context(Lock(folder))
        sweep(folder, lambda name: name in (*FILES, f"{LOG}.old") or KEPT.fullmatch(name))


@contextmanager
def writing_into(folder):
    """Says in a user's words what keeps us from writing into the folder."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise OptionError(f"cannot write into {folder}: {error.strerror}; name another folder by --out") from error


def kept(folder):
    """The checkpoints that --keep has left, {step: path}, oldest first."""
    found = [(KEPT.fullmatch(path.name), path) for path in folder.glob("step-*.pkl")]
    return dict(sorted((int(match[1]), path) for match, path in found if match))


def forget_later(folder, step):
    """Removes kept checkpoints of later steps: the run goes on from this one, and comes to those again."""
    for later, path in kept(folder).items():
        if later > step:
            path.unlink()


def best_weights(folder):
    """The checkpoint to use: the one of the lowest validation loss, or the last where nothing was held out."""
    return folder / (BEST if (folder / BEST).exists() else LAST)


def checkpoint_in(path):
    """The checkpoint that a path means: itself, or the one to use of the run in that folder."""
    path = Path(path)
    if not os.path.isdir(path):
        return path
    if not best_weights(path).exists():
        raise OptionError(f"{path} is a folder without a run; name that of a run, or a checkpoint that train.py wrote")
    return best_weights(path)


def latest():
    """The folder below runs/ whose checkpoint is the newest."""
    found = sorted(RUNS.glob(f"*/{LAST}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise OptionError(f"there is no run in {RUNS}/ to resume; name its folder by --out")
    return found[-1].parent


def unused(options):
    """A new folder runs/<text>-<cell>, with a number behind it from the second run on."""
    text = Path(options["text"][0]).stem if len(options["text"]) == 1 else "texts"
    # A name may have 255 bytes, and a letter four.
    text = re.sub(r"[^\w-]+", "-", text)[:50].strip("-") or "text"
    name = f"{text}-{options['cell']}"
    for k in count(1):
        folder = RUNS / (name if k == 1 else f"{name}-{k}")
        try:
            with writing_into(folder):
                folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            pass
