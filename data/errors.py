"""The exceptions of this package. Each message is one line for the user: what is wrong, and what to do."""


class TextError(ValueError):
    """A text, a symbol or a split that cannot be used."""

    exit_status = 2


class MissingText(TextError):
    """There is no file, folder or corpus of this name."""


class UnknownSymbol(TextError):
    """A text has a symbol that is not in the vocabulary."""
