"""Pictures: matplotlib figures, imported only when one is drawn, and written completely or not at all."""

import io
import logging
import warnings
from pathlib import Path

from .files import write_atomic
from .wording import visible


def new_figure(**settings):
    """A matplotlib Figure with these settings."""
    # matplotlib complains when it finds no place for its cache; our users can do nothing about it.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from matplotlib.figure import Figure

    return Figure(layout="constrained", **settings)


def save(figure, path: Path) -> None:
    """Writes the figure as a PNG file. Raises OSError like `write_atomic`."""
    image = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # A character that is not in the font is shown as a box.
        figure.savefig(image, format="png")
    write_atomic(path, image.getvalue())


def plain(text: str) -> str:
    """The text so that a picture shows it literally: on one line, and without formulas between dollar signs."""
    return visible(text).replace("$", r"\$")
