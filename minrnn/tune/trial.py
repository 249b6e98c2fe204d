"""One trial: an ordinary run in a folder of its own, which reports its validations and may be stopped early."""

from contextlib import ExitStack
from pathlib import Path

from ..options.resolve import resolve
from ..rundir.folder import LAST
from ..system.errors import OptionError
from ..system.signals import Stop
from ..training.diverged import DivergedError
from ..training.run import Run
from ..training.start import begin
from ..training.watcher import Watcher
from .space import Axis, choose
from .study import HERE, again, load_optuna

TENTHS = 10


class Reports(Watcher, Stop):
    """Tells Optuna each validation, and stops the run if most others were better when as much of theirs was over.

    It is also what stops the run in place of a signal: `signal` is that of `outer`, or -1 once Optuna has
    seen enough. Time is counted in tenths of a run: with --minutes, a larger model makes fewer steps.
    """

    def __init__(self, trial, folder: Path, outer: object) -> None:
        self.trial, self.folder, self.outer, self.pruned, self.told = trial, folder, outer, False, 0

    @property
    def signal(self) -> int | None:
        return self.outer.signal or (-1 if self.pruned else None)

    def begin(self, run: Run) -> None:
        self.trial.set_user_attr("host", HERE)
        self.trial.set_user_attr("folder", str(self.folder.resolve()))

    def step(self, run: Run, row: dict | None, over: bool) -> None:
        tenth = int(TENTHS * run.share)
        if over or not row or row.get("val_loss") is None or tenth <= self.told:
            return
        self.told = tenth
        self.trial.report(run.best, tenth)
        self.pruned = self.trial.should_prune()


def carry_out(study, trial, axes: list[Axis], fixed: dict, folder: Path, outer: object) -> str:
    """Runs the trial in a folder below `folder`, tells the study, and returns in words how it ended.

    A signal of `outer` stops it; the next trial then goes on with its run.
    """
    state = load_optuna().trial.TrialState
    options = fixed | choose(axes, fixed, trial)
    attrs = trial.user_attrs
    old = Path(attrs["resume"]) if attrs.get("host") == HERE and "resume" in attrs else None
    resumed = old is not None and (old / LAST).is_file()
    place = old if resumed else folder / f"trial-{trial.number:04}"
    given = options | {"out": str(place), "quiet": True}
    with ExitStack() as held:
        try:
            resolve(given)
        except OptionError as error:
            study.tell(trial, state=state.PRUNED)
            return f"impossible: {error}"
        reports = Reports(trial, place, outer)
        try:
            trainer, finished = begin(
                given | {"resume": True} if resumed else given, held, watchers=[reports], interrupt=reports
            )
            if not finished:
                trainer.train()
        except (DivergedError, MemoryError) as error:
            study.tell(trial, state=state.PRUNED)
            return "not enough memory" if isinstance(error, MemoryError) else f"diverged: {error}"
        run = trainer.run
        trial.set_user_attr("symbols", run.symbols)
        trial.set_user_attr("seconds", round(run.seconds, 1))
        # Before the lock is given back: whoever finds the folder unlocked takes its process for dead.
        if outer.signal and not finished and not run.over:
            again(study, study.trials[trial.number], str(place.resolve()))
            return f"stopped at step {run.step}"
        if reports.pruned:
            study.tell(trial, state=state.PRUNED)
            return f"loss {run.best:.4f}, stopped after {100 * run.share:.0f}%: most were better by then"
        study.tell(trial, run.best)
        return f"loss {run.best:.4f}"
