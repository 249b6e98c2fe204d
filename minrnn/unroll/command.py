"""From the options of the command to a page or a picture, or one line that says what cannot be drawn."""

from pathlib import Path

from cells import CELLS

from ..options.option import flag
from ..options.resolve import refuse_strangers
from ..options.table import DEFAULTS, accepted
from ..own_cell.find import find
from ..own_cell.users_code import calling
from ..system.errors import OptionError
from ..system.visible import visible
from .build import build, compare
from .diagram import write_diagram
from .page import write_page

# What can be drawn.
LARGEST = {"T": 8, "H": 4, "transforms": 4, "rounds": 6, "rank": 4}
OF_CELL = ("gru_reset", "tie_gates", "transforms", "rounds", "rank")


def write(options: dict, given: dict) -> str:
    """Writes the file that the options ask for, of which the user gave some; a line that says what was written.

    Raises OptionError for what cannot be drawn.
    """
    name = find(options["cell"])
    refuse_strangers({key: given[key] for key in OF_CELL if key in given}, DEFAULTS | {"cell": name})
    of_cell = accepted(CELLS[name], {key: options[key] for key in OF_CELL if key in options})
    for key, most in LARGEST.items():
        if options[key] > most:
            raise OptionError(f"{flag(key)} {options[key]} is too large to draw; give at most {most}")
    if options["diagram"]:
        for key in ("text", "T", "H", "seed"):
            if key in given:
                raise OptionError(f"{flag(key)} is for the page; leave it out, or --diagram")
        path = Path(options["out"] or "unroll.svg")
        write_diagram(path, name, of_cell)
        return f"written: {path}"
    path = Path(options["out"] or "unroll.html")
    both = hasattr(CELLS[name], "kind")
    text, T = cut(options["text"], options["T"], "T" in given, both)
    alphabet = sorted(set(text), key=text.index)
    with calling(f"{name}: a network of it"):
        network = build(
            name, of_cell, [alphabet.index(c) for c in text], len(alphabet), T, options["H"], options["seed"]
        )
        steps = network.run()
        compare(network)
    about = f"T = {T}, H = {options['H']}, {len(alphabet)} symbols, random weights of seed {options['seed']}"
    signs = [visible(c).strip() or "␣" for c in alphabet]
    write_page(path, network, signs, f'{name} reads "{"".join(signs[alphabet.index(c)] for c in text[:T])}"', about)
    return f"written: {path}, {len(steps)} equations to step through"


def cut(text: str, T: int, strict: bool, both: bool) -> tuple[str, int]:
    """What is read and predicted of the text, and in how many steps: fewer than T only if the user did not ask for T.

    A next symbol is needed for each, unless a cell reads from both ends.
    """
    more = 0 if both else 1
    if len(text) < (T if strict else 1) + more:
        needed = (T if strict else 1) + more
        raise OptionError(
            f"--text has {len(text)} characters; {needed} are needed, one for each step"
            f"{' and one that follows' if more else ''}; give a longer --text or a smaller --T"
        )
    text = text[: T + more]
    if len(set(text)) < 2:
        raise OptionError(f"--text {text!r} has only one symbol; give one with two different characters or more")
    return text, len(text) - more
