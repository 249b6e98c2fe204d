"""Numbers and names in words, for the people who watch a run."""

import math
import re
import shlex
import sys
from pathlib import Path


def bits_and_perplexity(loss: float, characters: float) -> tuple[float, float]:
    """(bits a character, perplexity) of a loss in nats a symbol. `characters`: how many a symbol has on average.

    Bits a character compare across levels: bytes, characters and words of one text spread the same
    information over the same characters.
    """
    return loss / math.log(2) / characters, math.exp(min(loss, 700))


def perplexity(loss: float, digits: int = 2) -> str:
    """exp(loss) with this number of digits after the point, also where no float is as large."""
    if loss < 700:
        return decimals(math.exp(loss), digits)
    exponent, rest = divmod(loss / math.log(10), 1)
    return f"{10**rest:.{digits}f}e+{exponent:.0f}"


def loss_in_words(loss: float, characters: float, headline: str = "loss") -> str:
    """A loss in nats a symbol, and in the other units that people know; the `headline`, loss or perplexity, first."""
    bits, _ = bits_and_perplexity(loss, characters)
    nats, bits, perplexity = f"loss {loss:.4f} nats", f"{bits:.3f} bits a character", in_short(loss, "perplexity")
    return f"{perplexity} ({nats}, {bits})" if headline == "perplexity" else f"{nats} ({bits}, {perplexity})"


def in_short(loss: float, headline: str) -> str:
    """A loss in nats a symbol, as "loss 1.385" or as "perplexity 3.99"."""
    if headline == "perplexity":
        return f"perplexity {perplexity(loss)}"
    return f"loss {loss:.3f}"


def decimals(v: float, digits: int) -> str:
    """v with this number of digits after the point; large numbers with an exponent."""
    return f"{v:.{digits}{'f' if v < 1e9 else 'e'}}"


def plural(n: int, noun: str) -> str:
    """1 file, 2 files, 1,234,567 files."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def cell_label(cell: str) -> str:
    """The name of a cell, or of several, as people read it: that of a class in a user's file without the SHA-256."""
    return re.sub(r"(\.py:\w+)@[0-9a-f]{64}", r"\1", cell)


def quoted(path: Path | str) -> str:
    """A path as a word of a command that the user can copy into their shell."""
    if sys.platform != "win32":
        return shlex.quote(str(path))
    from subprocess import list2cmdline  # Late: it takes longer to import than all the rest.

    return list2cmdline([path])


def advice(parameters: int, symbols: int) -> str:
    """What the ratio of parameters to symbols in the training text means for the user."""
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


def visible(text: str) -> str:
    """The text on one line: line ends and everything else that cannot be seen become escapes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
