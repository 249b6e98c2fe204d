"""Where a run lives: a folder of its own, found again on --resume, and never written over by another run."""

import re
import tempfile
from itertools import count
from pathlib import Path

from . import checkpoint
from .errors import OptionError
from .resolve import resolve

RUNS = Path("runs")
LAST, BEST, LOG, PLOT = "last.pkl", "best.pkl", "log.csv", "loss.png"
KEPT = re.compile(r"step-(\d{8})\.pkl")


def open_folder(given):
    """(folder, options, saved) for what was `given` on the command line; nothing is written yet.

    A new run gets a folder that holds no other run; with --resume, `saved` is the checkpoint to go
    on from (None otherwise).
    """
    if given.get("resume"):
        folder = Path(given["out"]) if "out" in given else latest()
        if not (folder / LAST).exists():
            raise OptionError(f"there is no run in {folder} to resume; name its folder by --out, or leave out --resume")
        saved = checkpoint.load(folder / LAST)
        return folder, resolve(given, saved["config"]["options"]), saved
    options = resolve(given)
    folder = Path(given["out"]) if "out" in given else unused(options)
    if any((folder / name).exists() for name in (LAST, BEST, LOG, PLOT)) or kept(folder):
        raise OptionError(f"{folder} holds a run already; go on with it by --resume, or name another --out")
    return folder, options, None


def claim(folder):
    """Makes the folder, and makes sure that files can be written into it."""
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"cannot write into {folder}: it is a file; name a folder by --out")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OptionError(f"cannot write into {folder}: {error.strerror}; name another folder by --out") from error


def kept(folder):
    """The checkpoints that --keep has left, {step: path}, oldest first."""
    found = [(KEPT.fullmatch(path.name), path) for path in folder.glob("step-*.pkl")]
    return dict(sorted((int(match[1]), path) for match, path in found if match))


def keep(run, folder, K):
    """Saves the run as step-N.pkl beside best and last, and removes all of that name but the newest K."""
    run.save(folder / f"step-{run.step:08}.pkl")
    for path in list(kept(folder).values())[:-K]:
        path.unlink()


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
    if not path.is_dir():
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
    """runs/<text>-<cell>, with a number behind it from the second run on."""
    text = Path(options["text"][0]).stem if len(options["text"]) == 1 else "texts"
    text = re.sub(r"[^\w-]+", "-", text).strip("-") or "text"
    name = f"{text}-{options['cell']}"
    names = (name if k == 1 else f"{name}-{k}" for k in count(1))
    return next(RUNS / name for name in names if not (RUNS / name).exists())
