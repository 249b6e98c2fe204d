"""The texts in a folder, and what else is there: it is left out, and said."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from .errors import TextError, UnreadableFile
from .faults import Fault

SHOWN = 3
LINKED, PACKED, UNREADABLE = "linked", "packed", "unreadable"
# What is left out of a folder without a loss of text.
HARMLESS = ("binary", LINKED, PACKED)


def texts_below(folder: Path, find_fault: Callable[[Path], Fault | None]) -> tuple[list[Path], dict[str, str]]:
    """The visible text files in a folder and the folders in it, sorted; and what was left out, in words, by its kind.

    `find_fault(path)` says why a file is no text. Links to folders are not followed, and a.txt.gz is left out where
    there is a.txt. Raises TextError if nothing remains.
    """
    texts, odd = [], defaultdict(list)
    for path in sorted(visible(folder, odd)):
        try:
            if fault := find_fault(path):
                odd[fault.kind].append(f"{path}: {fault.where}")
            else:
                texts.append(path)
        except UnreadableFile as error:
            odd[UNREADABLE].append(f"{path}: {error.reason}")
    packed = {path for path in texts if path.suffix == ".gz"} & {path.with_name(path.name + ".gz") for path in texts}
    if packed:
        odd[PACKED] = sorted(map(str, packed))
    left_out = {kind: f"{kind} files left out: {listed(names)}" for kind, names in odd.items()}
    if not texts:
        why = f" ({'; '.join(left_out.values())})" if odd else ""
        raise TextError(f"{folder} has no text files in it{why}; name a folder with text, or a file")
    return [path for path in texts if path not in packed], left_out


def visible(folder: Path, odd: dict[str, list[str]]) -> Iterator[Path]:
    """Yields the files below a folder whose names, and those of their folders, do not begin with a dot.

    Adds links to folders, and folders that cannot be listed, to `odd`. Pipes and the like are no files.
    """

    def locked(error: OSError) -> None:
        odd[UNREADABLE].append(f"{error.filename}: {error.strerror}")

    for place, folders, names in os.walk(folder, onerror=locked):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if links := [path for name in folders if os.path.islink(path := os.path.join(place, name))]:
            odd[LINKED] += links
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and (path.is_file() or not path.exists()):
                yield path


def listed(names: list[str]) -> str:
    """How many there are, and the names of the first: "4 (a, b, c and 1 more)"."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return f"{len(names):,} ({', '.join(names[:SHOWN])}{more})"
