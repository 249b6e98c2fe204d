"""A study: what Optuna keeps of all trials, in a file or a database, for one process or several."""

import hashlib
import logging
import platform
import sys
import warnings
from datetime import datetime, timedelta
from pathlib import Path

from data import Text

from ..own_cell.names import option_for
from ..system.errors import OptionError
from ..system.lock import Lock
from ..system.wording import cell_label, quoted

JOURNAL = "study.journal"
HERE = platform.node()
BEGINNING = timedelta(minutes=10)


def load_optuna():
    """Optuna, which prints nothing by itself. Raises OptionError if it is not installed."""
    try:
        import optuna
    except ImportError:
        raise OptionError("a search needs Optuna; install it: pip install -e '.[tune]'") from None
    optuna.logging.disable_default_handler()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    logging.getLogger("optuna").addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module="optuna")
    return optuna


def open_study(folder: Path, storage: str | None, about: dict):
    """The study in this folder, or of the folder's name in the storage at a URL; a new one if there is none.

    `about` is what all trials must share: the text, the options that are fixed, the space. Raises OptionError
    if the study is about something else, or cannot be read.
    """
    optuna = load_optuna()
    folder.mkdir(parents=True, exist_ok=True)
    where = storage or str(folder / JOURNAL)
    try:
        study = optuna.create_study(
            storage=storage or journal(where), study_name=folder.name, load_if_exists=True, direction="minimize",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2),
        )  # fmt: skip
        found = study.user_attrs
    except (KeyboardInterrupt, OSError):
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise OptionError(f"{where} cannot be used as a study: {reason}; name another --study or --storage") from None
    if not found:
        if any(folder.glob("trial-*")):
            raise OptionError(f"{folder} has runs of another study; name another --study")
        for name, what in about.items():
            study.set_user_attr(name, what)
    for name, what in about.items():
        if found and found.get(name, what) != what:
            raise OptionError(
                f"the study in {where} has another {name}: {found[name]}, not {what}; give that, or another --study"
            )
    return study


def journal(path: str):
    """Optuna's journal in a file, which several processes can write."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    lock = JournalFileOpenLock(path) if sys.platform == "win32" else None  # Links need a right there.
    return JournalStorage(JournalFileBackend(path, lock_obj=lock))


def digest(sources: list[str], encoding: str) -> str:
    """The SHA-256 of all bytes of a text. Raises TextError if it cannot be read."""
    total, text = hashlib.sha256(), Text(sources, encoding, raw=True)
    for path in text.files:
        for piece in text.raw_pieces(path):
            total.update(piece)
    return total.hexdigest()


def counted(study) -> list:
    """The trials that are over, with a result or without, by their number."""
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state.name in ("COMPLETE", "PRUNED")]


def completed(study) -> list:
    """The trials that ran to their end, best first."""
    found = [trial for trial in study.get_trials(deepcopy=False) if trial.state.name == "COMPLETE"]
    return sorted(found, key=lambda trial: (trial.value, trial.number))


def running(study) -> int:
    """How many trials run now, in any process. One that has no folder after a while was killed as it began."""
    since = datetime.now() - BEGINNING
    found = [trial for trial in study.get_trials(deepcopy=False) if trial.state.name == "RUNNING"]
    return sum("folder" in trial.user_attrs or trial.datetime_start > since for trial in found)


def again(study, trial, folder: str) -> None:
    """Gives up a trial that was stopped, and has the next one go on with its run."""
    study.tell(trial.number, state=load_optuna().trial.TrialState.FAIL)
    study.enqueue_trial(trial.params, user_attrs={"resume": folder, "host": HERE})


def recover(study) -> None:
    """Queues the runs of killed processes again: their trials are running, but nobody holds the lock of their folder.

    A trial names its folder once it has locked it; that of another machine is none of our business.
    """
    for trial in study.get_trials(deepcopy=False):
        folder = trial.user_attrs.get("folder")
        if trial.state.name == "RUNNING" and folder and trial.user_attrs.get("host") == HERE and Path(folder).is_dir():
            try:
                with Lock(Path(folder)):
                    again(study, trial, folder)
            except (OptionError, ValueError, RuntimeError):
                pass  # It runs, or another process was faster.


def words(params: dict) -> str:
    """Chosen values in words: "lr 0.00312, hidden 128"."""
    return ", ".join(f"{name} {shown(value)}" for name, value in params.items())


def shown(value: object) -> str:
    """A value in short."""
    return f"{value:.4g}" if isinstance(value, float) else cell_label(str(value))


def flags(options: dict) -> str:
    """Options as the command line has them."""
    found = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        if name == "cell":
            found.append(option_for(value).strip() or f"--cell {value}")
        elif isinstance(value, bool):
            found.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            found.append(f"--{flag} {quoted(f'{value:.6g}' if isinstance(value, float) else value)}")
    return " ".join(found)
