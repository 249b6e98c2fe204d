"""Downloads a text that is known by name, once, into the user's cache directory, and checks its SHA-256."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from .corpora import TEXTS
from .errors import TextError

SECONDS = 30  # How long a server may be silent.


def fetched(name: str) -> list[Path]:
    """The files of a text of `TEXTS`, in its order. Those that are not in the cache, or damaged there, are downloaded.

    Each file is downloaded under another name and renamed once its SHA-256 is right. Raises TextError, with the address
    to fetch by hand, if that fails.
    """
    text = TEXTS[name]
    several = len(text.files) > 1
    address = f"https://{text.source}" if several else text.base + next(iter(text.files))
    by_hand = f"fetch {address} by hand, and name the {'files' if several else 'file'} in place of {name}"
    try:
        import pooch
    except ImportError:
        raise TextError(
            f"{name} is downloaded by the package pooch, which is missing; "
            f"install it by: pip install -e '.[corpora]', or {by_hand}"
        ) from None
    paths = cached(name)
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # It would tell of each file.
    try:
        for path, (file, (_, sha256)) in zip(paths, text.files.items()):
            download = pooch.HTTPDownloader(timeout=SECONDS)
            pooch.retrieve(text.base + file, f"sha256:{sha256}", path.name, path.parent, downloader=download)
    except OSError as error:
        raise TextError(f"{name} could not be downloaded: {file}: {reason(error, path.parent)}; {by_hand}") from None
    except ValueError:
        raise TextError(f"{name} could not be downloaded: {file} has another SHA-256 than it had; {by_hand}") from None
    finally:
        logger.setLevel(level)
    return paths


def reason(error: OSError, folder: Path) -> str:
    """What went wrong: with the files, for which the system gave a number, or on the way to the server."""
    files = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if files.errno:
        return f"{folder}: {files.strerror}"
    response = getattr(error, "response", None)
    return f"no answer ({type(error).__name__})" if response is None else f"the server says {response.status_code}"


def to_download(sources: Iterable[str]) -> list[str]:
    """For each text of `TEXTS` among the sources that is not in the cache yet, a line that says what comes."""
    try:
        missing = [name for name in sources if name in TEXTS and not is_cached(name)]
    except ImportError:
        return []
    return [f"downloading {name}: {listed(name)}" for name in missing]


def listed(name: str) -> str:
    """What a person wants to know of a text, in a line."""
    text, n = TEXTS[name], len(TEXTS[name].files)
    return f"{text.title}; {text.size / 1e3:,.0f} kB in {n} file{'s'[: n > 1]} of {text.source}; {text.licence}"


def listing() -> str:
    """A line for each text that is known by name."""
    lines = {"python": "the modules of this Python's standard library; no download", **{n: listed(n) for n in TEXTS}}
    width = max(map(len, lines))
    return "\n".join(f"{name:<{width}}  {line}" for name, line in lines.items())


def cached(name: str) -> list[Path]:
    """Where the files of a text are in the cache, there or not."""
    import pooch

    files, folder = TEXTS[name].files, pooch.os_cache("minrnn") / name
    return [folder / (file if len(files) > 1 else f"{name}.txt") for file in files]


def is_cached(name: str) -> bool:
    """Whether all files of a text are in the cache, undamaged."""
    known = TEXTS[name].files.values()
    return all(
        path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256
        for path, (_, sha256) in zip(cached(name), known)
    )
