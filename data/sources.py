"""From what the user names (files, folders, globs, corpora) to a list of files, always in the same order."""

import glob
import os
import sysconfig
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from .corpora import TEXTS
from .download import fetched, to_download
from .errors import MissingText, TextError, UnreadableFile
from .faults import Fault
from .files import DASH, STDIN
from .folders import HARMLESS, texts_below

PYTHON_MODULE_LIMIT = 40_000


def python_library() -> list[Path]:
    """The public top-level modules of the standard library, up to 40 kB each: about 2 MB, without a download.

    The limit leaves out a dozen giants, each of which has its own style.
    """
    folder = Path(sysconfig.get_paths()["stdlib"])
    modules = [p for p in sorted(folder.glob("*.py")) if not p.name.startswith("_")]
    return [p for p in modules if p.stat().st_size <= PYTHON_MODULE_LIMIT]


CORPORA = {
    "python": python_library,
    **{name: partial(fetched, name) for name in TEXTS},
}


def is_corpus(source: str) -> bool:
    """Whether a source means the corpus of that name: a file or folder of that name goes before it."""
    return source in CORPORA and not Path(source).exists()


def announced(sources: Iterable[str]) -> list[str]:
    """A line for each corpus among the sources that will be downloaded."""
    return to_download(filter(is_corpus, sources))


def validation_files(sources: list[str]) -> int:
    """How many files at the end of the text are meant for validation, if the sources are one corpus that knows."""
    return TEXTS[sources[0]].validation if len(sources) == 1 and is_corpus(sources[0]) and sources[0] in TEXTS else 0


def find_files(
    sources: Iterable[str], find_fault: Callable[[Path], Fault | None]
) -> tuple[list[Path], list[str], list[str]]:
    """The files behind `sources`, notes for the user, and warnings: that text was left out.

    Each source is a file, a folder (see `texts_below`), a glob, the name of a corpus, or - for standard input. Sources
    keep their order, the files of one source are sorted, and a file named twice is read once. Raises TextError if there
    is no file behind a source.
    """
    once, notes, warnings = {}, [], []
    for source in sources:
        path = Path(source)
        if source in CORPORA and path.exists():
            notes.append(f"{source} is read from the current folder; the corpus of that name is not used")
        if os.path.isdir(path):
            paths, left_out = texts_below(path, find_fault)
            for kind, line in left_out.items():
                cure = (
                    "; convert them, or give --encoding where all files have the same"
                    if kind.startswith("non-")
                    else ""
                )
                (notes if kind in HARMLESS else warnings).append(f"{path}: {line}{cure}")
        else:
            paths = named(source)
        for path in paths:
            once.setdefault(path if path is STDIN else path.resolve(), path)
    return list(once.values()), notes, warnings


def named(source: str) -> list[Path]:
    """The files of one source that is no folder."""
    path = Path(source)
    if source == DASH:
        return [STDIN]
    try:
        if path.exists():
            return [path]
    except OSError as error:
        raise UnreadableFile(error.filename, error.strerror, "check its name and permissions") from error
    if source in CORPORA:
        return CORPORA[source]()
    if glob.has_magic(source):
        found = [Path(p) for p in sorted(glob.glob(source, recursive=True))]
        files = [p for p in found if p.is_file()]
        if files:
            return files
        raise TextError(f"no file matches {source}; check the pattern, and quote it for the shell")
    raise MissingText(
        f"{source} does not exist; give a text file, a folder, a glob, a corpus ({', '.join(CORPORA)}), or - for "
        "standard input"
    )
