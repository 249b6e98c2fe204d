"""gates.png: how often gates are closed or open, and how the values in each layer are spread.

The scatter of saturation is the picture of Karpathy, Johnson and Fei-Fei, "Visualizing and Understanding
Recurrent Networks" (2015). matplotlib is imported only to draw.
"""

from itertools import cycle
from pathlib import Path

import numpy as np

from ..system.figure import new_figure, plain, save
from .reading import GATE, SIGNED, Range, Reading

# A value is saturated if it is this close to an end of its range.
MARGIN = 0.1
COLOURS = [f"tab:{name}" for name in "blue red green orange purple brown pink olive cyan gray".split()]

Values = dict[str, np.ndarray]  # {name of an activation: (n, H)}


def draw_gates(reading: Reading, path: Path, title: str) -> None:
    """Writes the picture: a row of panels for each layer."""
    layers = reading.layers
    panels = panels_of(next(iter(layers.values())), reading.ranges)
    colours = dict(zip(dict.fromkeys(name for _, some, _ in panels for name in some), cycle(COLOURS)))
    figure = new_figure(figsize=(3.4 * len(panels), 0.5 + 2.9 * len(layers)), dpi=90)
    grid = figure.subplots(len(layers), len(panels), squeeze=False)
    for row, (layer, values) in zip(grid, layers.items()):
        for axes, (draw, names, ends) in zip(row, panels):
            draw(axes, {name: values[name] for name in names}, ends, colours)
            axes.grid(alpha=0.25)
        row[0].set_ylabel(f"{layer}\n{row[0].get_ylabel()}")
    figure.suptitle(plain(title))
    save(figure, path)


def panels_of(values: Values, ranges: dict[str, Range]) -> list[tuple]:
    """(function that draws, names of what it draws, their range or None) for each panel, from left to right.

    The saturation of the gates, or of what else has bounds; a histogram for each range, gates first; and one
    for each activation without bounds.
    """
    bounded = [([name for name in values if ranges.get(name) == ends], ends) for ends in (GATE, SIGNED)]
    bounded = [(names, ends) for names, ends in bounded if names]
    unbounded = [([name], None) for name in values if name not in ranges]
    return [(draw_saturation, *of) for of in bounded[:1]] + [(draw_histogram, *of) for of in bounded + unbounded]


def saturation(v: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """For each unit of v (n, H), the shares of the text where it is below `low` and above `high`: (H,) each."""
    return (v < low).mean(axis=0), (v > high).mean(axis=0)


def draw_saturation(axes, values: Values, ends: Range, colours: dict[str, str]) -> None:
    """A dot for each unit: how often it is nearly closed, and how often nearly open."""
    low, high = ends[0] + MARGIN, ends[1] - MARGIN
    for name, v in values.items():
        axes.scatter(*saturation(v, low, high), s=9, alpha=0.55, color=colours[name], label=name, linewidths=0)
    axes.plot([0, 1], [1, 0], color="grey", linewidth=0.8)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel=f"share of the text below {low}",
             ylabel=f"share above {high}", title="saturation, a dot for each unit")  # fmt: skip
    axes.legend(loc="upper right")


def draw_histogram(axes, values: Values, ends: Range | None, colours: dict[str, str]) -> None:
    """The values of all units over their range; without bounds, the middle 98% of them, on a logarithmic axis."""
    for name, v in values.items():
        low, high = ends or np.quantile(v, [0.01, 0.99])
        share, edges = np.histogram(v, bins=50, range=(low, high))
        axes.stairs(share / v.size, edges, color=colours[name], label=name, linewidth=1.5)
    title = f"values of {', '.join(values)}" + ("" if ends else ", the middle 98%")
    axes.set(xlabel="value", ylabel="share of all values", yscale="linear" if ends else "log", title=title)
    axes.legend(loc="upper center")
