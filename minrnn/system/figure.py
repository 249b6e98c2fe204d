"""Pictures: matplotlib figures, imported only when one is drawn, and written completely or not at all."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import PictureError
from .files import write_atomic
from .wording import visible


def new_figure(**settings):
    """A matplotlib Figure with these settings. Raises PictureError if matplotlib cannot be loaded."""
    with drawing():
        from matplotlib.figure import Figure

        return Figure(layout="constrained", **settings)


def save(figure, path: Path) -> None:
    """Writes the figure as a PNG file. Raises PictureError, or OSError like `write_atomic`."""
    image = io.BytesIO()
    with drawing():
        figure.savefig(image, format="png")
    write_atomic(path, image.getvalue())


@contextmanager
def drawing() -> Iterator[None]:
    """Any error in here becomes a PictureError.

    Hides what our users can do nothing about: no place for matplotlib's cache, a character that no font has.
    """
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise PictureError(f"matplotlib cannot draw: {reason}; check the memory and its installation") from error
    finally:
        logger.setLevel(level)


def plain(text: str) -> str:
    """The text so that a picture shows it literally: on one line, and without formulas between dollar signs."""
    return visible(text).replace("$", r"\$")
