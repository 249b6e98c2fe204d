"""Numbers in words, for the people who watch."""

import math


def describe(loss, characters):
    """A loss in nats a symbol, in the other units that people know; `characters` a symbol on average.

    Bits a character compare across levels: bytes, characters and words of one text spread the
    same information over the same characters.
    """
    bits = loss / math.log(2) / characters
    return f"loss {loss:.4f} nats ({bits:.3f} bits a character, perplexity {math.exp(min(loss, 700)):.2f})"


def count(n, noun):
    """1 file, 2 files, 1,234,567 files."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
