"""The exceptions for options that cannot be met, and for pictures and checkpoints that cannot be made or used.

Each message is one line for the user. `exit_status` is what the program ends with.
"""


class OptionError(ValueError):
    """Options that contradict each other, or do not fit the files and folders that exist."""

    exit_status = 2


class PictureError(RuntimeError):
    """matplotlib cannot draw here, for example because there is not enough memory to load it."""

    exit_status = 2


class CheckpointError(ValueError):
    """A file that is not a checkpoint, or one that cannot be used."""

    exit_status = 2
