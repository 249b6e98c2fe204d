"""The picture of a run: its losses, and the loss to beat."""

from pathlib import Path

from ..rundir.plot import draw_loss
from ..system.console import note
from ..system.errors import PictureError
from .run import Run


def draw(run: Run, rows: list[dict], path: Path) -> None:
    """Draws the rows of the log of a run. Where that cannot be done, a line says so: nothing else is lost."""
    baseline = None if run.options["quiet"] else run.baseline
    beat = {"beat": (baseline.name, baseline.loss)} if baseline else {}
    try:
        draw_loss(rows, path, title=path.parent.name, headline=run.corpus.vocabulary.headline, **beat)
    except (PictureError, MemoryError) as error:
        note(f"there is no {path}: {error or 'out of memory'}; everything else is written")
