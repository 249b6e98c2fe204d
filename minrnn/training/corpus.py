"""The text of a run: read, encoded as symbol ids, and split into a training part and a held-out part."""

import hashlib

import numpy as np

from data import (
    LEVELS,
    Text,
    TextError,
    UnknownSymbol,
    Vocabulary,
    advice,
    file_at,
    hold_out,
    hold_out_lines,
    looks_sorted,
)

from ..options.option import flag
from ..options.table import HELD_OUT, accepted
from ..system.wording import plural
from .randomness import LINES

# NumPy's bincount makes 8 bytes of each symbol, so of a long text only so many are counted at a time.
COUNTED_AT_A_TIME = 1_000_000
# Symbols that the prompt of a sample has at most.
PROMPT = 400
OTHER_TEXT = "is not the text this run began with; give that one, or start a new run (from this model: --init-from)"
CHANGED = "changed while it was read; copy it, and train on the copy"
SORTED = (
    "the lines are sorted, so the held-out text is unlike the rest; "
    "--val-lines 0.1 holds out lines drawn at random instead"
)
OTHER_FILES = "is cut into files in another way than when this run began; name those files, or start a new run"


class Corpus:
    """`vocabulary`, and the symbol ids of the text: `train` and `held_out`, both in the order of the text."""

    def __init__(
        self,
        options: dict,
        vocabulary: Vocabulary | None = None,
        digest: dict | None = None,
        start: Vocabulary | None = None,
    ) -> None:
        """Reads the text that the options name. Raises TextError if it cannot be used.

        `vocabulary` and `digest` are those of a run to resume: the text must be the same as then. A new run may
        add the symbols of its text to the vocabulary `start`.
        """
        if vocabulary is None:
            level = start or LEVELS[options["level"]]
            text = Text(options["text"], options["encoding"], level.raw)
            if start is not None:
                self.vocabulary = start.grown(text, options["vocab_size"])
            else:
                self.vocabulary = level.learn(text, options["vocab_size"], **accepted(level, options))
            try:
                symbols, self.starts = self.vocabulary.encode_text(text)
            except UnknownSymbol:
                raise TextError(f"{' '.join(options['text'])} {CHANGED}") from None
        else:
            self.vocabulary = vocabulary
            text, symbols, self.starts = self.same_text(options["text"], options["encoding"])
        self.digest = {"symbols": len(symbols), "sha256": hashlib.sha256(symbols).hexdigest()}
        if digest and digest | self.digest != digest:
            raise TextError(f"{' '.join(options['text'])} {OTHER_TEXT}")
        if not len(symbols):
            raise TextError(f"{' '.join(options['text'])} is empty; give a text with something in it")
        self.notes, self.warnings = advice(text, self.vocabulary, symbols)
        self.hold_out(symbols, parts := {name: options[name] for name in HELD_OUT}, options["seed"])
        self.digest["learned"] = len(self.train)
        if digest and self.digest | digest != self.digest:
            raise TextError(f"{' '.join(options['text'])} {OTHER_FILES}")
        if len(self.train) < 2 or (any(parts.values()) and len(self.held_out) < 2):
            short = f"the text has only {plural(len(symbols), 'symbol')}, too few to learn from"
            named = [name for name in HELD_OUT if parts[name]]
            cures = ["give a longer one", *(f"{flag(name)} 0" for name in named[:1])]
            if text.characters > 10 * len(symbols):
                cures.append("--level char, as these symbols are very long")
            raise TextError(f"{short}{' and to hold some out' if named else ''}; {', or '.join(cures)}")
        # The mean number of characters a symbol stands for, to report bits a character.
        self.width = text.characters / len(symbols)
        self.files = text.files
        whole = parts["val"] or parts["val_first"]
        if whole and looks_sorted(symbols, self.line_end, self.vocabulary.decode):
            self.notes.append(SORTED)

    def hold_out(self, symbols: np.ndarray, parts: dict, seed: int) -> None:
        """Cuts the text, symbol ids (n,), into `train` and `held_out`, as the options `parts` say."""
        of_lines = parts["val_lines"]
        if of_lines:
            rng = np.random.default_rng((LINES, seed))
            cut = hold_out_lines(symbols, self.starts, self.line_end, of_lines, rng)
            (self.train, self.held_out, self.starts), self.offset = cut, 0
        else:
            others = {name: value for name, value in parts.items() if name != "val_lines"}
            self.train, self.held_out, self.offset = hold_out(symbols, self.starts, **others)

    @property
    def line_end(self) -> int | None:
        """The id of the symbol that ends a line, if the vocabulary has it."""
        return self.vocabulary.index.get(self.vocabulary.line_end)

    def same_text(self, sources: list[str], encoding: str) -> tuple[Text, np.ndarray, list[int]]:
        """The text that a resumed run began with, its symbol ids, and where its files start."""
        try:
            text = Text(sources, encoding, self.vocabulary.raw)
        except TextError as error:
            raise TextError(
                f"{error}; a run is resumed in the folder where it began, or with its text named again"
            ) from None
        try:
            return text, *self.vocabulary.encode_text(text)
        except UnknownSymbol:
            raise TextError(f"{' '.join(sources)} {OTHER_TEXT}") from None

    def counts(self) -> np.ndarray:
        """How often each symbol of the vocabulary occurs in `train`: integers (V,)."""
        V = len(self.vocabulary)
        pieces = (self.train[k : k + COUNTED_AT_A_TIME] for k in range(0, len(self.train), COUNTED_AT_A_TIME))
        return sum((np.bincount(piece, minlength=V) for piece in pieces), np.zeros(V, np.intp))

    def introduction(self) -> list[str]:
        """What a person wants to know about the text, a line each."""
        total = plural(len(self.train) + len(self.held_out), "symbol")
        held_out = plural(len(self.held_out), "symbol")
        return [
            f"text: {plural(len(self.files), 'file')}, {total}, {len(self.vocabulary)} different, {held_out} held out",
            *self.vocabulary.about(),
            *(f"warning: {line}" for line in self.warnings),
            *(f"note: {line}" for line in self.notes),
        ]

    def file_at(self, position: int) -> str:
        """The name of the file that the symbol at this position of `train` came from; its path if names repeat."""
        path = file_at(self.starts, self.files, self.offset + position)
        return str(path) if sum(path.name == other.name for other in self.files) > 1 else path.name

    def prompt(self) -> np.ndarray:
        """What samples continue: the first lines of the held-out (or else the training) text, symbol ids (n,)."""
        text = (self.held_out if len(self.held_out) else self.train)[:PROMPT]
        ends = np.flatnonzero(text == self.vocabulary.opening()[0])
        return text[: ends[-1] + 1] if len(ends) else text
