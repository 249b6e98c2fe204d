"""The exceptions for options that cannot be met and for checkpoints that cannot be used.

Each message is one line for the user. `exit_status` is what the program ends with.
"""


class OptionError(ValueError):
    """Options that contradict each other, or do not fit the files and folders that exist."""

    exit_status = 2


class CheckpointError(ValueError):
    """A file that is not a checkpoint, or one that cannot be used."""

    exit_status = 2
