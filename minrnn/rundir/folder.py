"""Where a run lives: a folder of its own, found again on --resume, and never overwritten by another run."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from ..system.errors import OptionError
from ..system.files import sweep, unless_open_elsewhere
from ..system.lock import Lock
from ..system.wording import cell_label

RUNS = Path("runs")
FILES = LAST, BEST, LOG, PLOT, RESULT = "last.pkl", "best.pkl", "log.csv", "loss.png", "result.json"
KEPT = re.compile(r"step-(\d{8,})\.pkl")

# Folders.


def latest(cure: str = "resume; name its folder by --out") -> Path:
    """The folder below runs/ with the newest last.pkl. Raises OptionError, with this cure, if there is none."""
    found = sorted(RUNS.glob(f"*/{LAST}"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise OptionError(f"there is no run in {RUNS}/ to {cure}")
    return found[-1].parent


def make_unused(options: dict) -> Path:
    """Makes a new folder runs/TEXT-CELL; from the second run on, a number follows the name."""
    text = Path(options["text"][0]).stem if len(options["text"]) == 1 else "texts"
    # A name may have 255 bytes, and a letter four.
    text = re.sub(r"[^\w-]+", "-", text)[:50].strip("-") or "text"
    cell = cell_label(options["cell"]).rpartition(":")[2][:50]  # of FILE.py:Class the class
    name = f"{text}-{cell}"
    for k in count(1):
        folder = RUNS / (name if k == 1 else f"{name}-{k}")
        try:
            with writing_into(folder):
                folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            pass


def make(folder: Path) -> None:
    """Makes the folder if it does not exist."""
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise OptionError(f"cannot write into {folder}: it is a file; name a folder by --out")
    with writing_into(folder):
        folder.mkdir(parents=True, exist_ok=True)


def refuse_used(folder: Path) -> None:
    """Raises OptionError if the folder has files of a run."""
    with writing_into(folder):
        used = any(os.path.exists(folder / name) for name in FILES) or kept(folder)
    if used:
        raise OptionError(f"{folder} holds a run already; go on with it by --resume, or name another --out")


def refuse_odd_files(folder: Path) -> None:
    """Raises OptionError if something else than a file, such as a pipe, has the name of a file of the run."""
    for path in (folder / name for name in FILES):
        if path.exists() and not path.is_file():
            raise OptionError(f"cannot write {path}: it is not a file; remove it, or move it away")


def lock(folder: Path, held: ExitStack) -> None:
    """Keeps other runs out of the folder until `held` is closed, and removes the temporary files of a killed run."""
    with writing_into(folder):
        held.enter_context(Lock(folder))
        sweep(folder, lambda name: name in (*FILES, f"{LOG}.old") or KEPT.fullmatch(name) is not None)


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Any OSError in here becomes an OptionError about this folder, except that something exists already."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise OptionError(f"cannot write into {folder}: {error.strerror}; name another folder by --out") from error


# Checkpoints in a folder.


def best_weights(folder: Path) -> Path:
    """The checkpoint to use: the one with the lowest validation loss, or the last one if nothing was held out."""
    return folder / (BEST if (folder / BEST).exists() else LAST)


def checkpoint_in(path: str | Path) -> Path:
    """The checkpoint that a path means: the file itself, or the one to use of the run in that folder."""
    path = Path(path)
    if not os.path.isdir(path):
        return path
    if not best_weights(path).exists():
        raise OptionError(f"{path} is a folder without a run; name that of a run, or a checkpoint that train.py wrote")
    return best_weights(path)


def name_of(step: int) -> str:
    """The name of the checkpoint that --keep keeps of this step."""
    return f"step-{step:08}.pkl"


def kept(folder: Path) -> dict[int, Path]:
    """The checkpoints that --keep has kept, {step: path}, oldest first."""
    found = [(KEPT.fullmatch(path.name), path) for path in folder.glob("step-*.pkl")]
    return dict(sorted((int(match[1]), path) for match, path in found if match))


def forget(folder: Path, step: int, K: int) -> None:
    """Removes kept checkpoints of later steps, to which the run will come again, and all but the newest K others."""
    found = kept(folder)
    past = [k for k in found if k <= step]
    for k in found.keys() - set(past[-K:] if K else past):
        with unless_open_elsewhere(found[k]):
            found[k].unlink()
