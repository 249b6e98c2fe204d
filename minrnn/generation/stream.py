"""Generated symbols on their way to stdout: as text at once, or as one JSON object a sample."""

import codecs
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter

import numpy as np

from data import Vocabulary

from ..system.wording import plural
from .prompts import as_bytes


class Counted:
    """Symbols as they are generated, integers (N,) or (n, N) at a time, and how many there were."""

    def __init__(self, symbols: Iterable[np.ndarray]) -> None:
        self.symbols, self.n = symbols, 0

    def __iter__(self) -> Iterator[np.ndarray]:
        for ids in self.symbols:
            self.n += np.size(ids)
            yield ids


def write(o: Namespace, symbols: Iterable[np.ndarray], vocabulary: Vocabulary, began: float) -> None:
    """Writes what the options of sample.py asked for: `symbols` yields integers (num,), one for each sample.

    At the end, a terminal at stderr is told how many symbols came in how much time, since perf_counter was `began`.
    """
    symbols = Counted(symbols)
    (as_json if o.jsonl else as_texts)(o, symbols, vocabulary)
    if sys.stderr.isatty():
        seconds = perf_counter() - began
        print(f"{plural(symbols.n, 'symbol')}, {seconds:.1f} s, {symbols.n / seconds:,.0f}/s", file=sys.stderr)


def as_texts(o: Namespace, symbols: Iterable[np.ndarray], vocabulary: Vocabulary) -> None:
    """Writes the samples as text. On stdout, a line end separates two samples; stderr says which comes next.

    The prompt goes to stderr, or to stdout in front of each sample, as --show-prompt asks.
    """
    put = printer(vocabulary.raw)
    prompt = as_bytes(o.prime) if vocabulary.raw else o.prime
    if not o.show_prompt:
        sys.stderr.write(o.prime + "\n" * (o.num > 1 and o.prime != "" and not o.prime.endswith("\n")))
        sys.stderr.flush()
    for k, sample in enumerate(samples(o, symbols), 1):
        if o.num > 1:
            print(f"--- sample {k} of {o.num} ---", file=sys.stderr, flush=True)
        if o.show_prompt:
            put(prompt)
        for piece in pieces(o, sample, vocabulary):
            put(piece)
        if k < o.num or o.interactive:
            put(b"\n" if vocabulary.raw else "\n")
    # The terminal's prompt goes to a new line, but stdout gets the generated text alone.
    if sys.stdout.isatty() and not o.interactive:
        print(file=sys.stderr)


def as_json(o: Namespace, symbols: Iterable[np.ndarray], vocabulary: Vocabulary) -> None:
    """Writes a line for each sample, a JSON object in UTF-8.

    It has the number of the sample, the prompt (or the text of --fill), the text, how many symbols the model wrote,
    and the seed. Bytes that are not UTF-8 are U+FFFD in the text; "hex" has all bytes of a byte-level model.
    """
    sys.stdout.flush()
    given = "fill" if o.fill else "prompt"
    for k, sample in enumerate(samples(o, symbols), 1):
        sample = Counted(sample)
        text = joined(pieces(o, sample, vocabulary), vocabulary)
        row = {"sample": k, given: as_bytes(o.fill or o.prime), "text": text, "symbols": sample.n, "seed": o.drawn_seed}
        if vocabulary.raw:
            row["hex"] = text.hex()
        row = {name: v.decode("utf-8", "replace") if isinstance(v, bytes) else v for name, v in row.items()}
        line = json.dumps(row, ensure_ascii=False) + "\n"
        stream = getattr(sys.stdout, "buffer", None)
        stream.write(line.encode("utf-8", "replace")) if stream else sys.stdout.write(line)
        sys.stdout.flush()


def samples(o: Namespace, symbols: Iterable[np.ndarray]) -> Iterator[Iterable[np.ndarray]]:
    """Yields the symbols of each sample, some ids (n,) at a time; one sample, while it is generated."""
    if o.num == 1:
        yield symbols
        return
    for sample in np.array(list(symbols)).T:
        # With a stop, one by one: what comes after it does not count.
        yield sample[:, np.newaxis] if o.stop or o.stop_after else [sample]


def pieces(o: Namespace, sample: Iterable[np.ndarray], vocabulary: Vocabulary) -> Iterator[str | bytes]:
    """The text of one sample up to the stop, in pieces; bytes for a byte-level model."""
    if vocabulary.raw:
        stop = o.stop or o.stop_after
        return until((bytes(ids.tolist()) for ids in sample), stop and as_bytes(stop), not o.stop)
    return up_to_stop(o, map(vocabulary.decoder(), sample))


def joined(parts: Iterable[str | bytes], vocabulary: Vocabulary) -> str | bytes:
    """All pieces as one."""
    return (b"" if vocabulary.raw else "").join(parts)


def up_to_stop(o: Namespace, texts: Iterable[str]) -> Iterator[str]:
    """The texts up to what o.stop or o.stop_after says."""
    return until(texts, o.stop or o.stop_after, not o.stop)


def until(texts: Iterable[str | bytes], stop: str | bytes | None, keep: bool = False) -> Iterator[str | bytes]:
    """The texts up to where `stop` begins, or with `keep` to where it ends.

    What may be the beginning of `stop` is held back until that is clear.
    """
    if not stop:
        yield from texts
        return
    held = stop[:0]
    for text in texts:
        held += text
        before, found, _ = held.partition(stop)
        if found:
            yield before + stop if keep else before
            return
        hold = next(n for n in range(len(stop) - 1, -1, -1) if held.endswith(stop[:n]))
        yield held[: len(held) - hold]
        held = held[len(held) - hold :]
    yield held


def printer(raw: bool) -> Callable[[str | bytes], None]:
    """A function that writes a piece to stdout at once: text, or with `raw` bytes, which a terminal shows as text."""
    if not raw:
        stream, as_shown = sys.stdout, str
    elif sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
        stream, as_shown = sys.stdout, codecs.getincrementaldecoder("utf-8")("replace").decode
    else:
        sys.stdout.flush()
        stream, as_shown = sys.stdout.buffer, bytes

    def put(piece: str | bytes) -> None:
        stream.write(as_shown(piece))
        stream.flush()

    return put
