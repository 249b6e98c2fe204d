"""TensorBoard event files, for those who like to see many runs in one picture."""

from pathlib import Path

from ..system.errors import OptionError
from ..system.wording import bits_and_perplexity


def event_writer() -> type:
    """tensorboardX's SummaryWriter, imported late. Raises OptionError if it is not installed."""
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise OptionError(
            "--tensorboard needs the package tensorboardX; install it by: pip install -e '.[tensorboard]'"
        ) from None
    return SummaryWriter


class Board:
    """Watches a run; FOLDER/tensorboard gets a curve for training and one for validation, by the symbols seen."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.writers = folder, {}

    def begin(self, run) -> None:
        """New files, which hide what the files of before have of later moments."""
        self.end(run)
        # A file is named after the second in which it begins; the suffix keeps two of one second apart.
        settings = {"purge_step": run.symbols + 1, "filename_suffix": f".{run.symbols}.{run.rollbacks}"}
        for curve in ("training", "validation"):
            self.writers[curve] = event_writer()(str(self.folder / "tensorboard" / curve), flush_secs=10, **settings)

    def step(self, run, row: dict | None, over: bool) -> None:
        """Writes a row of the log; losses, which are in nats a symbol, in all units."""
        if row is None:
            return
        others = {"accuracy": row.get("train_accuracy"), "lr": row["lr"], "grad_norm": row.get("grad_norm")}
        self.add("training", run, row.get("train_loss"), **others)
        self.add("validation", run, row.get("val_loss"), accuracy=row.get("val_accuracy"))

    def add(self, curve: str, run, loss: float | None, **scalars: float | None) -> None:
        if loss is not None:
            bits, perplexity = bits_and_perplexity(loss, run.corpus.width)
            scalars = {"loss": loss, "perplexity": perplexity, "bits_per_character": bits} | scalars
        for name, value in scalars.items():
            if value is not None:
                self.writers[curve].add_scalar(name, value, run.symbols)

    def end(self, run) -> None:
        while self.writers:
            self.writers.popitem()[1].close()
