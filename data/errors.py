"""The exceptions of this package. Each message is one line for the user: what is wrong, and what to do."""


class TextError(ValueError):
    """A text, a symbol or a split that cannot be used."""

    exit_status = 2


class MissingText(TextError):
    """There is no file, folder or corpus of this name."""


class UnreadableFile(TextError):
    """A file that the system does not open, or that is damaged. `reason` says why, without a cure."""

    def __init__(self, path: object, reason: str, cure: str) -> None:
        super().__init__(f"{path} cannot be read: {reason}; {cure}")
        self.reason = reason


class UnknownSymbol(TextError):
    """A text has a symbol that is not in the vocabulary."""
