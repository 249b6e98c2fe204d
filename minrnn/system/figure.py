"""Pictures: figures of matplotlib, imported only when one is drawn, and their way to disk, whole or not at all."""

import io
import logging
import warnings

from .files import write_atomic
from .wording import visible


def new_figure(**settings):
    # That it has no place for a cache is nothing a user of ours can be blamed for.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    from matplotlib.figure import Figure

    return Figure(layout="constrained", **settings)


def save(figure, path):
    """Writes the figure as PNG, by `write_atomic`."""
    image = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # A letter that its font has not is shown as a box.
        figure.savefig(image, format="png")
    write_atomic(path, image.getvalue())


def plain(text):
    """Any text so that a picture shows it as it is: on one line, and with dollar signs that begin no formula."""
    return visible(text).replace("$", r"\$")
