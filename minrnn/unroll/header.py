"""The numbered equations in the header of a cell's file, read: forward (k), backward (k').

    (2)  r = sigmoid(a_r + h[t-1] Wh_r),  z = ...     equations, with a comma and two spaces between them;
                                                      after three spaces, a comment
         after:   n = tanh(a_n + r m)                 only if an option of the cell has this value
         for q = r, z:  dWh_q = ...                   once for each
    With tied gates, in (2):  i = 1 - f               in place of the equations of (2) for the same names, if that
                                                      option is on
    ... in four blocks of H columns: i f g o          a_i is a block of a, Wx_i one of Wx, and so on
    ... two blocks of H columns: f n                  the same without a value: parameters have these blocks
    ... in blocks r z w, of H H K columns             the same with widths; `Wh and b in blocks ...` names others

An equation with k among the indices of its left side stands for k = 1 .. K. Where the header says `k = 1 .. R`, those
that follow one another are one loop, which backward equations run through from R.
"""

import re

from .equation import Equation, Header, HeaderError, mentioned
from .grammar import Unreadable, parse

NUMBER = re.compile(r"\s+\((\d+)('?)\)\s+(?=\S)")
VARIANT = re.compile(r"\s*With ([\w ]+?)(?: \([^)]*\))?, in \((\d+)('?)\):\s+(?=\S)")
LABEL = re.compile(r"(?:for (\w) = (\w+(?:, \w+)*)|(\w+)):\s+(?=\S)")
BETWEEN = re.compile(r",\s{2,}|,$")
COMMENT = re.compile(r"\s{3,}(?![=+\s])")
EQUATION = re.compile(r"(\S+)\s+(\+?=)\s+(\S.*)")
BLOCKS = re.compile(
    r"(?:(?:(\w+(?: and \w+)*) )?(?:in|has|have) )?(?:\w+ )?blocks"
    r"(?:(?: of H columns)?[:,] (\w+(?: \w+)+)| ([\w. ]+), of ([A-Z. ]+) columns)"
)
ROUNDS = re.compile(r"k = 1 \.\. ([A-Z])\b")
# Has the blocks that a header gives to nothing in particular.
PARAMETERS = ""
# What a header calls an option, where it is not the option's name.
WORDS = {"tied gates": "tie_gates"}


def read_header(text: str, file: str, options: dict, sizes: dict[str, int], first_line: int = 1) -> Header:
    """The Header of a docstring that begins on this line of the file. HeaderError if a numbered line is not readable.

    `options` are those of the cell, `sizes` the values of the letters that stand for sizes, such as H and K.
    """
    rounds = ROUNDS.search(text)
    header = Header(file, text, rounds=rounds and rounds[1])
    number, column, label, label_column, override = None, 0, None, 0, False
    for n, line in enumerate(text.splitlines(), first_line):
        indent = len(line) - len(line.lstrip())
        variant = VARIANT.match(line)
        found = variant or NUMBER.match(line)
        try:
            if found:
                on = not variant or active(variant[1], options)
                number = (found[found.lastindex - 1], bool(found[found.lastindex])) if on else None
                column, label, override, rest = found.end(), None, bool(variant), line[found.end() :]
            elif number and line.strip() and indent >= column:
                label, rest = label if indent > label_column else None, line.strip()
            else:
                number = None
                read_blocks(header, line, None, sizes)
                continue
            if not number:
                continue
            if sign := LABEL.match(rest):
                label, label_column = sign, line.index(sign[0])
                rest = rest[sign.end() :]
            if label and label[3] and not active(label[3], options):
                continue
            loop = (label[1], tuple(label[2].split(", "))) if label and label[1] else None
            for piece in filter(str.strip, BETWEEN.split(rest)):
                add_equation(header, piece, number, n, loop, override, sizes)
        except Unreadable as error:
            raise HeaderError(f"{file}, line {n}: cannot read the equation {line.strip()!r}: {error}") from error
    drop_without_block(header)
    for backward, what in ((False, "(1)"), (True, "(1')")):
        if not header.select(backward):
            name = "backward" if backward else "forward"
            raise HeaderError(f"{file} has no numbered {name} equations such as {what} in the docstring at its top")
    return header


def drop_without_block(header: Header) -> None:
    """Drops backward equations for blocks that there are not, such as da_i with tied gates, and di, used only there."""

    dropped = []
    for e in header.select(True):
        base, _, letter = e.target.args[0].removeprefix("d").partition("_")
        if base in header.blocks and letter and not e.loop and not e.indexed:
            if letter not in [name for name, _ in header.blocks[base]]:
                dropped.append(e)
    kept = [e for e in header.equations if e not in dropped]
    used = set().union(*(mentioned(e.value.text) for e in kept))
    only = set().union(*(mentioned(e.value.text) for e in dropped)) - used
    header.equations = [e for e in kept if not (e.backward and e.target.args[0] in only)]


def active(label: str, options: dict) -> bool:
    """Whether a label names an option that is on, or the value of one."""
    return options.get(WORDS.get(label, label)) is True or label in [v for v in options.values() if isinstance(v, str)]


def add_equation(header: Header, piece: str, number, line: int, loop, override: bool, sizes) -> None:
    """Reads one equation, or a declaration of blocks, into the header."""
    text, *comment = COMMENT.split(piece.strip(), maxsplit=1)
    match = EQUATION.fullmatch(text)
    if not match:
        if not read_blocks(header, piece, None, sizes):
            raise Unreadable(f"there is no = in {text!r}")
        return
    target = parse(match[1])
    if target.op != "name":
        raise Unreadable(f"{match[1]!r} is not a name")
    if comment:
        read_blocks(header, comment[0], target.args[0], sizes)
    equation = Equation(number[0], number[1], target, match[2], parse(match[3]), " ".join(text.split()), line, loop)
    same = [k for k, e in enumerate(header.equations) if (e.number, e.backward) == number]
    if not override:
        header.equations.insert(same[-1] + 1 if same else len(header.equations), equation)
        return
    # Where the equation for this name stood, but behind those that it needs: with tied gates, i = 1 - f after f.
    places = [k for k in same if header.equations[k].target.args == target.args]
    needed = [k for k in same if header.equations[k].target.args[0] in mentioned(equation.value.text)]
    header.equations.insert(max([*needed, *places], default=len(header.equations) - 1) + 1, equation)
    for k in reversed(places):
        del header.equations[k]


def read_blocks(header: Header, text: str, subject: str | None, sizes: dict[str, int]) -> bool:
    """Reads a declaration of blocks; whether there is one in the text. `subject` has them, unless the text says who."""
    match = BLOCKS.search(text)
    if not match:
        return False
    names = match[1].split(" and ") if match[1] else [subject or PARAMETERS]
    letters = (match[2] or match[3]).split()
    widths = match[4].split() if match[4] else ["H"] * len(letters)
    blocks = {}
    for k, (letter, width) in enumerate(zip(letters, widths)):
        stem, _, last = letter.rpartition("_")
        if letter == "..":
            stem, _, last = letters[k + 1].rpartition("_")
            blocks |= {f"{stem}_{j}": sizes["H"] for j in range(1, sizes[last] + 1)}
        elif last not in sizes or not stem:
            blocks[letter] = sizes[width]
    for name in names:
        header.blocks[name] = list(blocks.items())
    return True
