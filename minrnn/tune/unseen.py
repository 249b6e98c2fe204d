"""The end of the text that no trial sees: there, the best setting is compared with the default, both trained anew.

The lowest of many validation losses is too low, as it was chosen for being low. The loss here is that of new text.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data import LEVELS, Text, TextError
from data.unknown import SKIP, read

from ..checkpoint.pretrained import load_model
from ..generation.probability import costs
from ..rundir.folder import LAST, best_weights
from ..system.console import note, say
from ..system.errors import OptionError
from ..system.files import write_atomic
from ..system.lock import Lock
from ..system.signals import Stop
from ..system.wording import bits_and_perplexity
from ..training.diverged import DivergedError
from ..training.start import begin

SEEN, UNSEEN = "text.txt", "unseen.txt"
DEFAULT = "default"
BLOCK = 100  # Symbols that count as one measurement in the standard error: neighbours are alike.


class Scored(NamedTuple):
    """How well a run predicts the unseen part: nats of each symbol (n,), the mean in bits a character, the accuracy."""

    nats: np.ndarray
    bits: float
    accuracy: float


def cut(sources: list[str], encoding: str, level: str, share: float, folder: Path) -> dict:
    """Writes the last share of the text into a file of the folder, and what is before it into another one.

    The cut is at the end of a line, if there is one near. Returns the options of a run that read what is before it.
    Raises TextError if nothing is left on one side.
    """
    raw = LEVELS[level].raw
    text = Text(sources, encoding, raw)
    if raw:
        content = b"".join(piece for path in text.files for piece in text.raw_pieces(path))
    else:
        content = "".join(piece for path in text.files for piece in text.pieces(path)).encode()
    n = len(content)
    at = n - round(n * share)
    line = content.find(b"\n", at - 1, at + (n - at) // 10) + 1
    if line:
        at = line
    while not raw and 0 < at < n and content[at] & 0xC0 == 0x80:
        at += 1  # In UTF-8, only the first byte of a character begins one.
    if not 0 < at < n:
        raise TextError(f"{' '.join(sources)} is too short for --test-share {share:g}; give a longer text")
    for name, part in ((UNSEEN, content[at:]), (SEEN, content[:at])):
        if not (folder / name).exists():
            write_atomic(folder / name, part)
    return {"text": [str(folder / SEEN)], "encoding": "utf-8"}


class Follows(Stop):
    """Stops a run after the signal of another Interrupt."""

    def __init__(self, outer: object) -> None:
        self.outer = outer

    @property
    def signal(self) -> int | None:
        return self.outer.signal


def compare(best: object, fixed: dict, folder: Path, outer: object) -> None:
    """Trains the best trial's options and the default ones anew, as long as a trial, and prints both scores.

    What was trained before is not trained again. A signal of `outer` stops it. Does nothing if another process does it.
    """
    found = {}
    with ExitStack() as held:
        try:
            held.enter_context(Lock(folder))
        except OptionError:
            return note("another process trains the best and the default anew just now")
        for name, params in (("best", best.params), (DEFAULT, {})):
            place = folder / (DEFAULT if not params else f"best-{best.number:04}")
            note(f"trains {name} anew for the part that no trial saw: {place}")
            found[name] = trained_and_scored(fixed | params, place, folder / UNSEEN, outer)
            if outer.signal:
                return
    scores = {name: score for name, score in found.items() if score}
    if not scores:
        return
    n = len(next(iter(scores.values())).nats)
    say(f"\non the last {n:,} symbols of the text, which no trial saw:")
    say(f"{'':8} {'loss':>8} {'bits/char':>10} {'accuracy':>9}")
    for name, score in scores.items():
        say(f"{name:8} {score.nats.mean():8.4f} {score.bits:10.4f} {score.accuracy:9.4f}")
    if len(scores) == 2:
        say(verdict(scores[DEFAULT].nats - scores["best"].nats))


def trained_and_scored(options: dict, place: Path, path: Path, outer: object) -> Scored | None:
    """Trains a run in its folder, or goes on with it, and scores its best weights; None if it was stopped or failed."""
    given = options | {"out": str(place), "quiet": True, "resume": (place / LAST).is_file()}
    with ExitStack() as held:
        try:
            trainer, finished = begin(given, held, interrupt=Follows(outer))
            if not finished:
                trainer.train()
        except DivergedError as error:
            note(f"{place}: {error}")
            return None
        return None if outer.signal else scored(best_weights(place), path)


def scored(checkpoint: Path, path: Path) -> Scored:
    """How well the model of a checkpoint predicts a text. Symbols that it does not know are left out."""
    model, vocabulary = load_model(checkpoint)
    text = Text([str(path)], raw=vocabulary.raw)
    symbols, notes = read(vocabulary, text, None if vocabulary.unknown is not None else SKIP)
    for line in notes:
        note(line)
    if not len(symbols):
        raise TextError(f"{path} has no symbol that the model knows; give a longer text, or a larger --test-share")
    nats, right = costs(model, model.framed(symbols, vocabulary.opening()))
    return Scored(nats, bits_and_perplexity(nats.mean(), text.characters / len(symbols))[0], right.mean())


def verdict(gain: np.ndarray) -> str:
    """In words, how much better the best is; gain: nats of each symbol that it saves (n,)."""
    blocks = [block.mean() for block in np.array_split(gain, max(1, len(gain) // BLOCK))]
    error = f" (standard error {np.std(blocks, ddof=1) / len(blocks) ** 0.5:.4f})" if len(blocks) > 1 else ""
    mean = gain.mean()
    return f"the best is {abs(mean):.4f} nats a symbol {'better' if mean > 0 else 'worse'} than the default{error}"
