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
    """Watches a run; FOLDER/tensorboard gets a curve for training and one for validation, by the symbols seen.

    It gets samples of text too, and the options of the run as hyper-parameters, beside the loss that they led to.
    """

    def __init__(self, folder: Path, options: dict | None = None) -> None:
        self.folder, self.options, self.writers = folder, options or {}, {}

    def begin(self, run) -> None:
        """New files, which hide what the files of before have of later moments."""
        self.end(run)
        # A file is named after the second in which it begins; the suffix keeps two of one second apart.
        settings = {"purge_step": run.symbols + 1, "filename_suffix": f".{run.symbols}.{run.rollbacks}"}
        for curve in ("training", "validation"):
            self.writers[curve] = event_writer()(str(self.folder / "tensorboard" / curve), flush_secs=10, **settings)
        if self.options:
            self.add_options("validation" if len(run.corpus.held_out) else "training")

    def add_options(self, curve: str) -> None:
        """The options for the plugin HParams, in the folder of the curve whose loss counts."""
        from tensorboardX.summary import hparams

        options = {name: " ".join(v) if isinstance(v, list) else v for name, v in self.options.items()}
        for summary in hparams(options, {"loss": None, "accuracy": None}):
            self.writers[curve].file_writer.add_summary(summary)

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

    def sample(self, run, style: str, text: str) -> None:
        """A sample, as a block of code: TensorBoard would read it as Markdown."""
        self.writers["training"].add_text(
            f"sample/{style}", "".join(f"    {s}\n" for s in text.split("\n")), run.symbols
        )

    def end(self, run) -> None:
        while self.writers:
            self.writers.popitem()[1].close()
