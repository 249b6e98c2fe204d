"""The curves of many runs in one picture. matplotlib is imported only to draw."""

from collections.abc import Callable
from pathlib import Path

from ..system.errors import OptionError
from ..system.figure import new_figure, plain, save
from .summary import Summary, finite
from .table import different, model, names_of_texts, short

AXES = {"symbols": "symbols seen", "seconds": "seconds", "epoch": "epochs"}
STYLES = ("-", "--", ":", "-.")
COLOURS = 10
LABELLED = 20  # Runs that have a colour and a name, the best; of others there is a grey line.
TOLD = 3  # Options in a label.
NARROW, WIDEST = 60, 120  # Characters of labels that stand in two columns, and of any label.


def draw_runs(runs: list[Summary], path: Path, by: str) -> None:
    """Draws the validation loss of each run against `by`, a key of AXES; the training loss where nothing was held out.

    Raises OptionError if no run has measured a loss yet.
    """
    curves = [(run, *curve) for run in runs if (curve := points(run.rows, by))]
    if not curves:
        raise OptionError("no run has measured a loss yet: there is nothing to draw")
    tell, others = labels(runs), curves[LABELLED:]
    named = [tell(run, name, min(loss for _, loss in curve)) for run, name, curve in curves[:LABELLED]]
    named += [f"and {len(others)} more"] if others else []
    columns = 2 if len(named) > 6 and max(map(len, named)) < NARROW else 1
    figure = new_figure(figsize=(9, 4.5 + 0.2 * -(-len(named) // columns)), dpi=120)
    axes = figure.add_subplot()
    looks = [(f"C{k}", style) for style in STYLES for k in range(COLOURS)]
    for (*_, curve), label, (colour, style) in zip(curves, named, looks[:LABELLED]):
        axes.plot(*zip(*curve), style, color=colour, linewidth=1.2, marker="o", markersize=2, label=label)
    for k, (*_, curve) in enumerate(others):
        axes.plot(*zip(*curve), color="lightgrey", linewidth=0.6, zorder=1, label=None if k else named[-1])
    places = [x for *_, curve in curves for x, _ in curve]
    if min(places) > 0 and max(places) > 20 * min(places):
        axes.set_xscale("log")
    axes.set_xlabel(AXES[by])
    axes.set_ylabel("validation loss (nats a symbol)")
    axes.grid(alpha=0.3, which="both")
    figure.legend(fontsize="small", loc="outside lower center", ncols=columns)
    save(figure, path)


def labels(runs: list[Summary]) -> Callable[[Summary, str, float], str]:
    """A function that names a run and its lowest loss, with what tells the runs apart: text, model, options."""
    texts, names = names_of_texts(runs), different(runs)[:TOLD]
    models = len({model(run.options) for run in runs}) > 1

    def tell(run: Summary, name: str, lowest: float) -> str:
        words = [texts.get(run.text, "")] if len(texts) > 1 else []
        words += [model(run.options)] if models and run.options else []
        words += [f"{option} {short(run.options[option])}" for option in names if option in run.options]
        words.append(f"lowest {lowest:.4f}" + ("" if name == "validation" else f" ({name})"))
        place, told = str(run.folder), ", ".join(filter(None, words))
        room = max(20, WIDEST - 2 - len(told))
        return plain(f"{place if len(place) <= room else '...' + place[3 - room :]}: {told}")

    return tell


def points(rows: list[dict], by: str) -> tuple[str, list[tuple[float, float]]] | None:
    """(name, [(place, loss), ...]) of the curve to draw; None if there is none."""
    for column, name in (("val_loss", "validation"), ("train_loss", "training")):
        found = [(row[by], row[column]) for row in rows if finite(row.get(by)) and finite(row.get(column))]
        if found:
            return name, found
    return None
