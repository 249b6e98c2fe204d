"""lag.png: the norm of the gradient against the lag, a line a model. Needs matplotlib only here."""

import numpy as np

from .image import save
from .lag import reach, total


def draw_lags(models, path):
    """`models` {label: norms by `gradient_by_lag`}. A line a model, its layers thin, four places in five as a band."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    for k, (label, norms) in enumerate(models.items()):
        colour, whole = f"C{k}", total(norms)
        lag = np.arange(1, len(whole) + 1)
        end = reach(whole)
        note = f"1% at lag {end}" if end else "above 1% everywhere"
        axes.plot(lag, whole.mean(axis=1), color=colour, linewidth=2.2, label=f"{label} ({note})")
        axes.fill_between(lag, *np.quantile(whole, [0.1, 0.9], axis=1), color=colour, alpha=0.12, linewidth=0)
        layers = {name.rpartition(".")[0] for name in norms}
        for style, layer in zip(["--", ":", "-."] * len(layers), sorted(layers) if len(layers) > 1 else []):
            part = total({name: v for name, v in norms.items() if name.rpartition(".")[0] == layer})
            axes.plot(lag, part.mean(axis=1), style, color=colour, linewidth=0.9)
    axes.set_yscale("log")
    axes.set_xlabel("lag: steps between the state and the symbol that is predicted")
    axes.set_ylabel("norm of the gradient of its loss by the state")
    axes.set_title("How far back the gradient reaches")
    axes.grid(alpha=0.3)
    axes.legend(title="thick: all of the state, thin: layer by layer" if len(layers) > 1 else None)
    save(figure, path)
