"""The curves of many runs in one picture. matplotlib is imported only to draw."""

from itertools import cycle
from pathlib import Path

from ..system.errors import OptionError
from ..system.figure import new_figure, plain, save
from .table import Summary, finite

AXES = {"symbols": "symbols seen", "seconds": "seconds", "epoch": "epochs"}
STYLES = ("-", "--", ":", "-.")
COLOURS = 10
LABELLED = 20  # The best runs, by their names.


def draw_runs(runs: list[Summary], path: Path, by: str) -> None:
    """Draws the validation loss of each run against `by`, a key of AXES; the training loss where nothing was held out.

    Raises OptionError if no run has measured a loss yet.
    """
    curves = {run.folder: curve for run in runs if (curve := points(run.rows, by))}
    if not curves:
        raise OptionError("no run has measured a loss yet: there is nothing to draw")
    figure = new_figure(figsize=(9, 6), dpi=120)
    axes = figure.add_subplot()
    looks = cycle((f"C{k}", style) for style in STYLES for k in range(COLOURS))
    for k, ((folder, (name, curve)), (colour, style)) in enumerate(zip(curves.items(), looks)):
        label = plain(f"{folder}: {name}, lowest {min(loss for _, loss in curve):.4f}") if k < LABELLED else None
        axes.plot(*zip(*curve), style, color=colour, linewidth=1.2, marker="o", markersize=2, label=label)
    if len(curves) > LABELLED:
        axes.plot([], [], " ", label=f"and {len(curves) - LABELLED} more")
    places = [x for _, curve in curves.values() for x, _ in curve]
    if min(places) > 0 and max(places) > 20 * min(places):
        axes.set_xscale("log")
    axes.set_xlabel(AXES[by])
    axes.set_ylabel("loss (nats a symbol)")
    axes.grid(alpha=0.3, which="both")
    figure.legend(fontsize="small", loc="outside lower center", ncols=2 if len(curves) > 6 else 1)
    save(figure, path)


def points(rows: list[dict], by: str) -> tuple[str, list[tuple[float, float]]] | None:
    """(name, [(place, loss), ...]) of the curve to draw; None if there is none."""
    for column, name in (("val_loss", "validation"), ("train_loss", "training")):
        found = [(row[by], row[column]) for row in rows if finite(row.get(by)) and finite(row.get(column))]
        if found:
            return name, found
    return None
