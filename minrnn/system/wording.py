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
    return f"loss {loss:.4f} nats ({bits:.3f} bits a character, perplexity {decimals(perplexity, 2)})"


def decimals(v, digits):
    """v with so many digits behind the point; with an exponent where a line of digits would stand before it."""
    return f"{v:.{digits}{'f' if v < 1e9 else 'e'}}"


def count(n, noun):
    """1 file, 2 files, 1,234,567 files."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def advice(parameters, symbols):
    """What the number of parameters beside the number of symbols to learn from says, as a sentence."""
    if symbols < parameters:
        return (
            f"{parameters / symbols:.1f} parameters for every symbol to learn from; they can learn the text by heart: "
            "watch the validation loss, and where it rises give --dropout, a smaller --hidden, or more text"
        )
    if symbols > 20 * parameters:
        return (
            f"{symbols / parameters:.0f} symbols to learn from for every parameter; "
            "a larger --hidden or more --layers can learn more, given the time"
        )
    return f"{symbols / parameters:.1f} symbols to learn from for every parameter, a good proportion"


def visible(text):
    """The text on one line: line ends and all else that cannot be seen are escapes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
