"""Numbers in words, for the people who watch."""

import math


def units(loss, characters):
    """(bits a character, perplexity) of a loss in nats a symbol, for symbols of so many `characters` on average.

    Bits a character compare across levels: bytes, characters and words of one text spread the
    same information over the same characters.
    """
    return loss / math.log(2) / characters, math.exp(min(loss, 700))


def describe(loss, characters):
    """A loss in nats a symbol, with the other units that people know."""
    bits, perplexity = units(loss, characters)
    return f"loss {loss:.4f} nats ({bits:.3f} bits a character, perplexity {perplexity:.2f})"


def count(n, noun):
    """1 file, 2 files, 1,234,567 files."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
