"""gates.png: how often gates are closed or open, and how the values in each layer are spread.

The scatter of saturation is the picture of Karpathy, Johnson and Fei-Fei, "Visualizing and Understanding
Recurrent Networks" (2015). Needs matplotlib only here.
"""

import numpy as np

from ..system.figure import new_figure, plain, save

LOW, HIGH = 0.1, 0.9
SIGMOIDS, TANHS = "ifozr", "gnh"
COLOURS = {"i": "tab:blue", "f": "tab:red", "o": "tab:green", "r": "tab:blue", "z": "tab:red", "g": "tab:purple",
           "n": "tab:purple", "h": "tab:orange"}  # fmt: skip


def saturation(v, low=LOW, high=HIGH):
    """For each unit of v (n, H), the shares of the text at which it is below `low` and above `high`: two (H,)."""
    return (v < low).mean(axis=0), (v > high).mean(axis=0)


def draw_gates(layers, path, title):
    """`layers` {layer: {name: (n, H)}} as a Reading has them: a row of panels for each layer."""
    panels = panels_of(next(iter(layers.values())))
    figure = new_figure(figsize=(3.4 * len(panels), 0.5 + 2.9 * len(layers)), dpi=90)
    grid = figure.subplots(len(layers), len(panels), squeeze=False)
    for row, (layer, values) in zip(grid, layers.items()):
        for axes, (draw, names) in zip(row, panels):
            draw(axes, {name: values[name] for name in names})
            axes.grid(alpha=0.25)
        row[0].set_ylabel(f"{layer}\n{row[0].get_ylabel()}")
    figure.suptitle(plain(title))
    save(figure, path)


def panels_of(values):
    """What there is to draw: a list of (function, names of the values it takes)."""
    gates, others = ([name for name in values if name in kind] for kind in (SIGMOIDS, TANHS))
    panels = [(draw_saturation, gates or others), (draw_histogram, gates), (draw_histogram, others)]
    return [(draw, names) for draw, names in [*panels, (draw_cell_state, ["c"] if "c" in values else [])] if names]


def draw_saturation(axes, values):
    """A dot a unit: how often it is nearly closed, how often nearly open. Those of the tanh kind: nearly -1, 1."""
    low = LOW if set(values) <= set(SIGMOIDS) else -HIGH
    for name, v in values.items():
        axes.scatter(*saturation(v, low), s=9, alpha=0.55, color=COLOURS[name], label=name, linewidths=0)
    axes.plot([0, 1], [1, 0], color="grey", linewidth=0.8)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel=f"share of the text below {low}",
             ylabel=f"share above {HIGH}", title="saturation, a dot a unit")  # fmt: skip
    axes.legend(loc="upper right")


def draw_histogram(axes, values):
    low = 0 if set(values) <= set(SIGMOIDS) else -1
    for name, v in values.items():
        share, edges = np.histogram(v, bins=50, range=(low, 1))
        axes.stairs(share / v.size, edges, color=COLOURS[name], label=name, linewidth=1.5)
    axes.set(xlabel="value", ylabel="share of all values", title=f"values of {', '.join(values)}")
    axes.legend(loc="upper center")


def draw_cell_state(axes, values):
    """c, which has no bounds: the middle 98% of its values."""
    v = values["c"]
    low, high = np.quantile(v, [0.01, 0.99])
    share, edges = np.histogram(v, bins=60, range=(low, high))
    axes.stairs(share / v.size, edges, color="tab:brown", fill=True, alpha=0.7)
    axes.set(yscale="log", xlabel="value", ylabel="share of all values", title="cell state c, the middle 98%")
