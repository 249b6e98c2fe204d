"""TensorBoard event files, for those who like to watch many runs in one picture."""

from ..system.errors import OptionError
from ..system.wording import bits_and_perplexity


def event_writer():
    """tensorboardX's SummaryWriter, imported late. Raises OptionError where it is not installed."""
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise OptionError(
            "--tensorboard needs the package tensorboardX; install it by: pip install -e '.[tensorboard]'"
        ) from None
    return SummaryWriter


class Board:
    """Scalars by the symbols trained on so far, in FOLDER/tensorboard: a curve for training, one for validation.

    For a run that goes on after `symbols` symbols: what the files have of later moments is shown no more.
    """

    def __init__(self, folder, symbols=0, rollbacks=0):
        """Raises OptionError where tensorboardX is not installed."""
        SummaryWriter = event_writer()
        # A file is named after the second in which it begins; the suffix keeps two of one second apart.
        settings = {"purge_step": symbols + 1, "filename_suffix": f".{symbols}.{rollbacks}", "flush_secs": 10}
        self.training, self.validation = (
            SummaryWriter(str(folder / "tensorboard" / name), **settings) for name in ("training", "validation")
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def add(
        self, symbols, width, train_loss=None, train_accuracy=None, val_loss=None, val_accuracy=None, lr=None,
        grad_norm=None,
    ):  # fmt: skip
        """What was measured after so many symbols, each `width` characters long on average; losses in nats a symbol."""
        training = {**scores(train_loss, width), "accuracy": train_accuracy, "lr": lr, "grad_norm": grad_norm}
        validation = {**scores(val_loss, width), "accuracy": val_accuracy}
        for writer, scalars in ((self.training, training), (self.validation, validation)):
            for name, value in scalars.items():
                if value is not None:
                    writer.add_scalar(name, value, symbols)

    def close(self):
        self.training.close()
        self.validation.close()


def scores(loss, width):
    """A loss, where there is one, in all its units."""
    if loss is None:
        return {}
    bits, perplexity = bits_and_perplexity(loss, width)
    return {"loss": loss, "perplexity": perplexity, "bits_per_character": bits}
