"""The text that a run learned from, for those who have only its checkpoint."""

from os import PathLike

import numpy as np

from data import Text, TextError, Vocabulary

from ..checkpoint import load
from ..options.table import DEFAULTS
from ..system.errors import OptionError
from .corpus import Corpus


def training_text(
    path: str | PathLike, vocabulary: Vocabulary, instead: str | None = None, encoding: str = "utf-8"
) -> np.ndarray:
    """Symbol ids (n,): the text of the checkpoint file at `path`, without what was held out, or the text `instead`
    in this encoding.

    Raises CheckpointError, or OptionError if the text of the checkpoint is not found or has changed, or TextError if
    the other one cannot be used.
    """
    if instead:
        return vocabulary.encode_text(Text([instead], encoding, vocabulary.raw))[0]
    config = load(path, need_run=False)["config"]
    if config["text"] is None:
        raise OptionError(f"{path} does not know the text that it was trained on; name one like it by --dynamic-text")
    try:
        return Corpus(DEFAULTS | config["options"], vocabulary, config["text"]).train
    except TextError as error:
        what = str(error).partition(";")[0]
        raise OptionError(
            f"--dynamic reads the text that {path} was trained on: {what}; "
            "name that text, or one like it, by --dynamic-text"
        ) from None
