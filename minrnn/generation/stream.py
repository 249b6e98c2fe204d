"""Generated symbols on their way to stdout: as text, at once, up to the stop string."""

import sys


def write(symbols, vocabulary, stop=None):
    """Writes one sample as it is produced: `symbols` yields integers (1,)."""
    decode = vocabulary.decoder()
    for text in until(map(decode, symbols), stop):
        sys.stdout.write(text)
        sys.stdout.flush()
    # A terminal's prompt begins on a line of its own; what is written stays untouched.
    if sys.stdout.isatty():
        print(file=sys.stderr)


def write_many(symbols, vocabulary, stop=None):
    """Writes several samples, one after the other: `symbols` yields integers (N,), one for each.

    On stdout a line end stands between two samples; which is which is said on stderr.
    """
    samples = list(zip(*symbols))
    for k, sample in enumerate(samples):
        print(f"--- sample {k + 1} of {len(samples)} ---", file=sys.stderr, flush=True)
        sys.stdout.write("".join(until([vocabulary.decode(sample)], stop)) + "\n" * (k + 1 < len(samples)))
        sys.stdout.flush()


def until(texts, stop):
    """The texts, cut off where `stop` begins; what may be its beginning is held back until it is clear."""
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
