"""The exception for options that cannot be met."""


class OptionError(ValueError):
    """Options that contradict each other or what is there. The message is one line for the user."""
