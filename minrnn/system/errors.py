"""The exceptions for options that cannot be met and for checkpoints that cannot be used.

An exception whose message is one line for the user has an `exit_status`: what the program ends with.
"""


class OptionError(ValueError):
    """Options that contradict each other or what is there. The message is one line for the user."""

    exit_status = 2


class CheckpointError(ValueError):
    """A file that is no checkpoint, or one that cannot be used. The message is one line for the user."""

    exit_status = 2
