"""The exceptions of this package: the text cannot be used, and the message says why and what to do."""


class TextError(ValueError):
    """A text, a symbol or a split that cannot be used. The message is one line for the user."""

    exit_status = 2


class UnknownSymbol(TextError):
    """A text has a symbol that the vocabulary has not."""
