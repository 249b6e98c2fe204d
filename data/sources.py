"""From what the user names (files, folders, globs, corpora) to a list of files, always in the same order."""

import glob
import sysconfig
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from .corpora import TEXTS
from .download import fetched, to_download
from .errors import MissingText, TextError

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
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


def find_files(sources: Iterable[str]) -> tuple[list[Path], list[str]]:
    """The files behind `sources`, and notes for the user.

    Each source is a file, a folder (all files below it except hidden and binary ones), a glob, or
    the name of a corpus. Sources keep their order, the files of one source are sorted, and a file
    named twice is read once. Raises TextError if there is no file behind a source.
    """
    paths, notes = [], []
    for source in sources:
        paths += expand(source, notes)
    once = {}
    for path in paths:
        once.setdefault(path.resolve(), path)
    return list(once.values()), notes


def expand(source: str, notes: list[str]) -> list[Path]:
    """The files of one source."""
    path = Path(source)
    try:
        if source in CORPORA and path.exists():
            notes.append(f"{source} is read from the current folder; the corpus of that name is not used")
        if path.is_dir():
            return files_below(path, notes)
        if path.exists():
            return [path]
    except OSError as error:
        raise TextError(f"{error.filename} cannot be read: {error.strerror}; check its name and permissions") from error
    if source in CORPORA:
        return CORPORA[source]()
    if glob.has_magic(source):
        found = [Path(p) for p in sorted(glob.glob(source, recursive=True))]
        files = [p for p in found if p.is_file()]
        if files:
            return files
        raise TextError(f"no file matches {source}; check the pattern, and quote it for the shell")
    names = ", ".join(CORPORA)
    raise MissingText(f"{source} does not exist; give a text file, a folder, a glob, or a corpus ({names})")


def files_below(folder: Path, notes: list[str]) -> list[Path]:
    """The visible text files in a folder and the folders in it, sorted."""
    seen = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    seen = [p for p in seen if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
    texts = [p for p in seen if not looks_binary(p)]
    if len(texts) < len(seen):
        notes.append(f"{folder}: binary files left out: {len(seen) - len(texts)}")
    if not texts:
        raise TextError(f"{folder} has no text files in it; name a folder with text, or a file")
    return texts


def looks_binary(path: Path) -> bool:
    """Whether there is a zero byte in the first 8 kB: hardly any text has one, and most other formats do."""
    with open(path, "rb") as file:
        head = file.read(8192)
    return b"\0" in head and not head.startswith(UTF16_MARKS)
