"""lag.png: the gradient by h against the lag, a line for each model. matplotlib is imported only to draw."""

from itertools import cycle
from pathlib import Path

import numpy as np

from ..system.figure import new_figure, plain, save
from .lag import Norms, of_h, reach_in_words
from .reading import layer_name

STYLES = ("--", ":", "-.")


def draw_lags(models: dict[str, Norms], path: Path) -> None:
    """`models` {label: norms by `gradient_by_lag`}: a thick line for h of all layers, thin ones for each layer."""
    figure = new_figure(figsize=(8, 5), dpi=110)
    axes = figure.add_subplot()
    lowest = min(draw_lines(axes, label, norms, f"C{k}") for k, (label, norms) in enumerate(models.items()))
    if any(of_h(norms).any() for norms in models.values()):
        axes.set_yscale("log")
    # Where a single layer's gradient dies long before that of all layers, its line leaves the picture.
    axes.set_ylim(bottom=lowest if lowest > 0 else None)
    axes.set_xlabel("lag: steps between the state and the last symbol read")
    axes.set_ylabel("gradient per unit of h (root mean square)")
    axes.set_title("How far back the gradient of one prediction reaches")
    axes.grid(alpha=0.3)
    styles = {name: style for norms in models.values() for name, style in zip(by_layer(norms), cycle(STYLES))}
    for name, style in styles.items():
        axes.plot([], [], style, color="grey", linewidth=1, label=f"{name} alone")
    axes.legend(loc="lower left")
    save(figure, path)


def draw_lines(axes, label: str, norms: Norms, colour: str) -> float:
    """Draws one model; returns the lowest value of its band, 0 where its gradient vanishes completely."""
    whole = of_h(norms)
    lag = np.arange(1, len(whole) + 1)
    label = plain(f"{label} ({reach_in_words(whole)})")
    axes.plot(lag, whole.mean(axis=1), color=colour, linewidth=2.2, label=label)
    band = np.quantile(whole, [0.1, 0.9], axis=1)  # holds four targets in five
    axes.fill_between(lag, *band, color=colour, alpha=0.12, linewidth=0)
    for v, style in zip(by_layer(norms).values(), cycle(STYLES)):
        axes.plot(lag, v.mean(axis=1), style, color=colour, linewidth=1)
    return band.min()


def by_layer(norms: Norms) -> Norms:
    """{"layer 1": the gradient by its h (lags, M), ...}; {} for a single layer, which is the whole."""
    of_layers = [(name.split("."), v) for name, v in norms.items() if name.endswith(".h")]
    return {layer_name(stack, int(k)): v for (stack, k, _), v in of_layers} if len(of_layers) > 1 else {}
