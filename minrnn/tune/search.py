"""The search: trial after trial until there are enough, then the best of them."""

from contextlib import suppress
from pathlib import Path

from ..options.resolve import resolve
from ..options.table import DEFAULTS, HELD_OUT, LENGTHS
from ..options.training_options import MINUTES
from ..rundir.folder import RUNS
from ..system.console import note, say
from ..system.errors import OptionError, PictureError
from ..system.signals import Interrupt
from ..system.wording import plural, quoted
from .pictures import draw
from .space import Axis, check
from .study import again, completed, counted, digest, flags, load_optuna, open_study, recover, running, shown, words
from .trial import carry_out

SHOWN = 10  # Trials in the table at the end.
LONGER = 5  # How many times longer the last command trains.
EVERY = 100  # Steps between validations: pruning needs some in each tenth of a run.
IMPOSSIBLE = 10  # So many impossible trials in a row end the search.


def search(axes: list[Axis], fixed: dict, trials: int, folder: Path | None, storage: str | None) -> int:
    """Goes on until the study has this many trials; returns the exit status. Raises OptionError and TextError."""
    check(axes, fixed)
    if not any(name in fixed for name in LENGTHS) and "preset" not in fixed:
        fixed["minutes"] = MINUTES
    fixed.setdefault("eval_every", EVERY)
    settled = resolve(fixed)
    if not any(settled[name] for name in HELD_OUT) or not settled["eval_every"]:
        raise OptionError("a search compares validation losses; give --val and --eval-every above 0")
    if "-" in settled["text"]:
        raise OptionError("a search reads its text many times: - cannot be one; save it in a file first")
    stem = Path(settled["text"][0]).stem if len(settled["text"]) == 1 else "texts"
    folder = folder or RUNS / f"tune-{stem or 'text'}"
    kept = {name: value for name, value in fixed.items() if name not in ("text", "threads")}
    about = {"text": digest(settled["text"], settled["encoding"]), "options": kept, "space": as_text(axes)}
    study = open_study(folder, storage, about)
    with Interrupt() as outer:
        signal = loop(study, axes, fixed, trials, folder, outer)
    report(study, axes, fixed, folder)
    if signal:
        note(f"stopped; to go on, give the same command again ({len(counted(study))} of {trials} trials are done)")
        return 128 + signal
    return 0


def as_text(axes: list[Axis]) -> dict:
    """The space as a study keeps it."""
    return {axis.name: [axis.low, axis.high, axis.log, *axis.choices] for axis in sorted(axes)}


def loop(study, axes: list[Axis], fixed: dict, trials: int, folder: Path, outer: Interrupt) -> int | None:
    """Trial after trial; returns None, or the signal that stopped it."""
    optuna, impossible = load_optuna(), 0
    while not outer.signal:
        recover(study)
        if len(counted(study)) + running(study) >= trials:
            break
        trial = study.ask()
        # Random numbers follow from the trial: a study that was stopped goes on as if it had not been.
        seed = fixed.get("seed", DEFAULTS["seed"]) * 1_000_003 + trial.number
        study.sampler = optuna.samplers.TPESampler(seed=seed % 2**32, constant_liar=True)
        try:
            how = carry_out(study, trial, axes, fixed, folder, outer)
        except BaseException:
            # The run is in its folder, if it came so far. What went wrong may be over the next time.
            with suppress(ValueError):  # It was told already.
                again(study, study.trials[trial.number], str((folder / f"trial-{trial.number:04}").resolve()))
            raise
        impossible = impossible + 1 if how.startswith("impossible") else 0
        best = f"; best {study.best_value:.4f}, trial {study.best_trial.number}" if completed(study) else ""
        note(f"trial {trial.number}: {words(trial.params)}: {how}{best}")
        if impossible == IMPOSSIBLE:
            raise OptionError(f"{IMPOSSIBLE} trials in a row were {how}")
    return outer.signal


def report(study, axes: list[Axis], fixed: dict, folder: Path) -> None:
    """Prints the table of the best and the command that trains the best one longer, and draws the pictures."""
    best = completed(study)
    if not best:
        note("no trial ran to its end yet")
        return
    names = [axis.name for axis in axes]
    rows = [["trial", "loss", "symbols", "seconds", *names]]
    for t in best[:SHOWN]:
        measured = [f"{t.user_attrs.get('symbols', 0):,}", shown(t.user_attrs.get("seconds", ""))]
        chosen = [shown(t.params[name]) if name in t.params else "-" for name in names]
        rows.append([str(t.number), f"{t.value:.4f}", *measured, *chosen])
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        say("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))
    early = len(counted(study)) - len(best)
    note(f"{plural(len(best), 'trial')} ran to the end, {early:,} were stopped early, diverged or were impossible")
    options = {name: value for name, value in fixed.items() if name not in ("text", "eval_every")}
    longer = {name: LONGER * options[name] for name in LENGTHS if options.get(name)}
    texts = " ".join(map(quoted, fixed.get("text", [])))
    command = flags(options | best[0].params | longer)
    say(f"\nto train the best one longer:\n{' '.join(filter(None, ['python train.py', texts, command]))}")
    try:
        for path in draw(study, folder):
            note(f"written: {path}")
    except PictureError as error:
        note(f"no pictures: {error}")
