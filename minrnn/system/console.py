"""Reports on stdout and notes on stderr that leave a progress bar whole."""

import sys

from tqdm import tqdm


def say(text: str) -> None:
    """Prints a report on stdout. Where it cannot be written (| head, a full disk), the program goes on."""
    try:
        tqdm.write(text)
        sys.stdout.flush()
    except OSError:
        pass


def note(text: str) -> None:
    """Prints a line on stderr."""
    try:
        tqdm.write(text, file=sys.stderr)
    except (MemoryError, AttributeError):  # tqdm found no memory for its lock.
        print(text, file=sys.stderr)
