"""loss.png: training and validation loss against the symbols seen."""

from pathlib import Path

from ..system.figure import new_figure, plain, save
from ..system.wording import bits_and_perplexity, perplexity


def draw_loss(
    rows: list[dict], path: Path, title: str, headline: str = "loss", beat: tuple[str, float] | None = None
) -> None:
    """Draws the rows of a Log and marks the lowest validation loss. Writes nothing if there are no losses.

    `beat` is the name of a simple model and its validation loss in nats a symbol, drawn as a line to get below.
    With `headline` "perplexity", all losses are drawn as that, on a logarithmic axis: it is the same curve.
    """
    words = headline == "perplexity"
    train, val = (
        [(r["symbols"], in_unit(r[name], words)) for r in rows if r.get(name) is not None]
        for name in ("train_loss", "val_loss")
    )
    if not train and not val:
        return
    figure = new_figure(figsize=(8, 5), dpi=120)
    axes = figure.add_subplot()
    if train:
        axes.plot(*zip(*train), color="tab:blue", linewidth=1, label="training")
    if val:
        symbols, best = min(val, key=lambda point: point[1])
        axes.plot(*zip(*val), color="tab:orange", marker="o", markersize=3, label="validation")
        lowest = min(r["val_loss"] for r in rows if r.get("val_loss") is not None)
        label = f"best: {perplexity(lowest) if words else f'{lowest:.4f}'}"
        axes.plot(symbols, best, marker="*", markersize=14, color="tab:red", linestyle="", label=label)
    if beat:
        name, loss = beat
        axes.axhline(in_unit(loss, words), color="tab:gray", linestyle="--", linewidth=1, label=name)
    # On a linear axis, the fast fall at the beginning would be a vertical line.
    seen = [symbols for symbols, _ in train + val]
    if max(seen) > 20 * min(seen):
        axes.set_xscale("log")
    axes.set_xlabel("symbols seen")
    axes.set_ylabel("perplexity" if words else "loss (nats a symbol)")
    if words:
        logarithmic(axes)
    axes.set_title(plain(title))
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    save(figure, path)


def in_unit(loss: float, words: bool) -> float:
    """A loss in nats a symbol; for words the perplexity, not so large that the margins of the picture overflow."""
    return bits_and_perplexity(min(loss, 600), 1)[1] if words else loss


def logarithmic(axes) -> None:
    """A logarithmic axis of y with plain numbers at it."""
    from matplotlib.ticker import LogFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(LogFormatter())
    axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
