"""Generated symbols on their way to stdout: as text, at once, up to the stop string."""

import sys
from collections.abc import Iterable, Iterator

import numpy as np

from data import Vocabulary


def write(symbols: Iterable[np.ndarray], vocabulary: Vocabulary, stop: str | None = None) -> None:
    """Writes one sample while it is generated: `symbols` yields integers (1,)."""
    decode = vocabulary.decoder()
    for text in until(map(decode, symbols), stop):
        sys.stdout.write(text)
        sys.stdout.flush()
    # The terminal's prompt goes to a new line, but stdout gets the generated text alone.
    if sys.stdout.isatty():
        print(file=sys.stderr)


def write_many(symbols: Iterable[np.ndarray], vocabulary: Vocabulary, stop: str | None = None) -> None:
    """Writes several samples, one after the other: `symbols` yields integers (N,), one for each sample.

    On stdout, one line end separates two samples; stderr says which sample comes next.
    """
    samples = list(zip(*symbols))
    for k, sample in enumerate(samples):
        print(f"--- sample {k + 1} of {len(samples)} ---", file=sys.stderr, flush=True)
        sys.stdout.write("".join(until([vocabulary.decode(sample)], stop)) + "\n" * (k + 1 < len(samples)))
        sys.stdout.flush()


def until(texts: Iterable[str], stop: str | None) -> Iterator[str]:
    """The texts up to where `stop` begins. What may be the beginning of `stop` is held back until that is clear."""
    if not stop:
        yield from texts
        return
    held = ""
    for text in texts:
        held += text
        before, found, _ = held.partition(stop)
        if found:
            yield before
            return
        hold = next(n for n in range(len(stop) - 1, -1, -1) if held.endswith(stop[:n]))
        yield held[: len(held) - hold]
        held = held[len(held) - hold :]
    yield held
