"""Which checkpoint a resumed run goes on from, and what to do if that one is missing or damaged."""

import os
from pathlib import Path

from .. import checkpoint
from ..own_cell.names import UnknownCellError
from ..rundir.folder import BEST, LAST, kept, latest
from ..system.errors import CheckpointError, OptionError
from ..system.wording import quoted


def to_resume(given: dict) -> tuple[dict, Path]:
    """(what was `given` without the run, the checkpoint to go on from).

    The run is named by --out, or among the texts: its folder, or one of its checkpoints; else it is the newest.
    Raises OptionError if there is none.
    """
    texts = given.get("text", [])
    named = [text for text in texts if names_run(text)]
    runs = named + ([given["out"]] if "out" in given else [])
    if len(named) > 1 or len({os.path.realpath(folder_of(Path(run))) for run in runs}) > 1:
        raise OptionError(f"--resume goes on with one run, but {' and '.join(runs)} are named; name one")
    if named:
        texts = [text for text in texts if text not in named]
        given = {name: value for name, value in given.items() if name != "text"} | ({"text": texts} if texts else {})
    path = Path(runs[0]) if runs else latest()
    if folder_of(path) != path:
        return given, path
    if not checkpoints(path):
        raise OptionError(f"there is no run in {path} to resume; name its folder by --out, or leave out --resume")
    return given, path / LAST


def names_run(text: str) -> bool:
    """Whether what stands among the texts is a checkpoint, or a folder with one."""
    path = Path(text)
    return folder_of(path) != path or bool(checkpoints(path))


def folder_of(path: Path) -> Path:
    """The folder of a checkpoint; any other path itself."""
    return path.parent if path.suffix == ".pkl" and not os.path.isdir(path) else path


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints that there are in the folder of a run."""
    if not os.path.isdir(folder):
        return []
    return [path for path in (folder / LAST, folder / BEST, *kept(folder).values()) if path.exists()]


def load_or_advise(path: Path) -> dict:
    """The checkpoint at `path`. If it cannot be used, the CheckpointError names those of its run that can."""
    try:
        return checkpoint.load(path)
    except UnknownCellError:
        raise
    except CheckpointError as error:
        what = str(error).partition(";")[0]
    steps = {}
    for other in checkpoints(path.parent):
        try:
            steps[other] = checkpoint.load(other)["progress"]["step"]
        except CheckpointError:
            pass
    if not steps:
        raise CheckpointError(
            f"{what}; {path.parent} has no checkpoint that is whole; start a new run, without --resume"
        )
    newest = max(steps, key=steps.get)
    listed = ", ".join(f"{other.name} (step {step})" for other, step in steps.items())
    raise CheckpointError(f"{what}; whole: {listed}; to go on: python train.py --resume {quoted(newest)}")
