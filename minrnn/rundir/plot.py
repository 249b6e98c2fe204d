"""loss.png: training and validation loss against the symbols seen."""

from pathlib import Path

from ..system.figure import new_figure, plain, save


def draw_loss(rows: list[dict], path: Path, title: str) -> None:
    """Draws the rows of a Log and marks the lowest validation loss. Writes nothing if there are no losses."""
    train = [(r["symbols"], r["train_loss"]) for r in rows if r.get("train_loss") is not None]
    val = [(r["symbols"], r["val_loss"]) for r in rows if r.get("val_loss") is not None]
    if not train and not val:
        return
    figure = new_figure(figsize=(8, 5), dpi=120)
    axes = figure.add_subplot()
    if train:
        axes.plot(*zip(*train), color="tab:blue", linewidth=1, label="training")
    if val:
        symbols, loss = min(val, key=lambda point: point[1])
        axes.plot(*zip(*val), color="tab:orange", marker="o", markersize=3, label="validation")
        axes.plot(symbols, loss, marker="*", markersize=14, color="tab:red", linestyle="", label=f"best: {loss:.4f}")
    # On a linear axis, the fast fall at the beginning would be a vertical line.
    seen = [symbols for symbols, _ in train + val]
    if max(seen) > 20 * min(seen):
        axes.set_xscale("log")
    axes.set_xlabel("symbols seen")
    axes.set_ylabel("loss (nats a symbol)")
    axes.set_title(plain(title))
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    save(figure, path)
