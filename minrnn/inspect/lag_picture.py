"""lag.png: the norm of the gradient against the lag, a line a model. Needs matplotlib only here."""

from itertools import cycle

import numpy as np

from ..system.figure import new_figure, plain, save
from .lag import reach, total

STYLES = ("--", ":", "-.")


def draw_lags(models, path):
    """`models` {label: norms by `gradient_by_lag`}: a thick line for all of a state, thin ones for its layers."""
    figure = new_figure(figsize=(8, 5), dpi=110)
    axes = figure.add_subplot()
    lowest = [draw_model(axes, label, norms, f"C{k}") for k, (label, norms) in enumerate(models.items())]
    axes.set_yscale("log")
    # Where a single layer's gradient dies long before that of the whole state, its line leaves the picture.
    axes.set_ylim(bottom=min(lowest) if min(lowest) > 0 else None)
    axes.set_xlabel("lag: steps between the state and the last symbol read")
    axes.set_ylabel("norm of the gradient by the state")
    axes.set_title("How far back the gradient of one prediction reaches")
    axes.grid(alpha=0.3)
    styles = {name: style for norms in models.values() for name, style in layer_styles(norms)}
    for name, style in styles.items():
        axes.plot([], [], style, color="grey", linewidth=1, label=f"{name} alone")
    axes.legend(loc="lower left")
    save(figure, path)


def draw_model(axes, label, norms, colour):
    """The lines of one model; returns where its band ends, 0 where its gradient does."""
    whole = total(norms)
    lag = np.arange(1, len(whole) + 1)
    end = reach(whole)
    note = f"1% at lag {end}" if end else "above 1% everywhere"
    axes.plot(lag, whole.mean(axis=1), color=colour, linewidth=2.2, label=f"{plain(label)} ({note})")
    band = np.quantile(whole, [0.1, 0.9], axis=1)  # four places of the text in five
    axes.fill_between(lag, *band, color=colour, alpha=0.12, linewidth=0)
    for layer, style in layer_styles(norms):
        axes.plot(lag, by_layer(norms)[layer].mean(axis=1), style, color=colour, linewidth=1)
    return band.min()


def layer_styles(norms):
    """[(name, style of its line), ...] of a model's layers; a single one is the whole state and gets no line."""
    layers = by_layer(norms)
    return list(zip(layers, cycle(STYLES))) if len(layers) > 1 else []


def by_layer(norms):
    """{"layer 1": norms (lags, M), ...}: the parts of each layer's state, h and c, taken together."""
    parts = {}
    for name, v in norms.items():
        stack, k, _ = name.split(".")
        parts.setdefault(f"{'layer' if stack == 'layers' else stack} {int(k) + 1}", {})[name] = v
    return {layer: total(some) for layer, some in parts.items()}
