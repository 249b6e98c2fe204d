"""Folding: a text in lower case, or in the letters a to z alone."""

# What --letters makes of each byte: a lower-case letter, or else a space.
LETTERS = bytes(b if b"a" <= bytes([b]) <= b"z" else ord(" ") for b in bytes(range(256)).lower())


def only_letters(piece: str) -> str:
    """The letters a to z, in lower case; a space for each other character."""
    # Every non-ASCII character becomes "?", which the table turns into a space.
    return piece.encode("ascii", "replace").translate(LETTERS).decode("ascii")


def lower(piece: str) -> str:
    """The string in lower case, however it is cut into pieces."""
    # Sigma is the only letter whose lower case depends on its neighbours, which another piece may hold.
    return piece.replace("Σ", "σ").lower()


def visible(piece: str) -> int:
    """How many characters of a string are no white space."""
    return sum(map(len, piece.split()))
