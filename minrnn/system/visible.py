"""Characters as a page can show them: every one is visible, and none can disturb the page."""

import unicodedata

SIGNS = {"\n": "↵\n", "\t": "⇥\t"}
# Characters without ink that Unicode counts as marks, letters or symbols: joiners, inherent vowels, fillers,
# variation selectors.
INKLESS = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(k) for first, last in ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for k in range(first, last + 1)
}


def visible(c: str) -> str:
    """One character, or a sign for one that would be invisible or turn the line around: ↵, ⇥, \\x1B, \\u{202E}."""
    if c in SIGNS:
        return SIGNS[c]
    # Not printable are controls, format characters, surrogates, and every space but the ordinary one.
    if c.isprintable() and c not in INKLESS:
        return "◌" + c if unicodedata.category(c).startswith("M") else c
    return f"\\x{ord(c):02X}" if c.isascii() else f"\\u{{{ord(c):X}}}"
