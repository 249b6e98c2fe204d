"""An exception in code that a user wrote, as one line that says where."""

import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..system.errors import OptionError

LIBRARY = Path(sysconfig.get_path("stdlib"))
TRUNK = Path(__file__).parents[1]


@contextmanager
def calling(what: str) -> Iterator[None]:
    """Turns any exception within, and sys.exit, into an OptionError that says what was called, and where it failed."""
    try:
        yield
    except (OptionError, MemoryError):
        raise
    except SyntaxError as error:
        raise OptionError(f"{what}: {error.msg} ({Path(error.filename or '?').name}, line {error.lineno})") from error
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        frame = next((f for f in reversed(frames) if is_theirs(f.filename)), frames[-1])
        where = f"{Path(frame.filename).name}, line {frame.lineno}"
        message = " ".join(str(error).split())
        raise OptionError(f"{what} raised {type(error).__name__}: {message} ({where})") from error


def is_theirs(file: str) -> bool:
    """Whether the user may have written this file: it is not of Python, nor of a package, nor of minrnn."""
    path = Path(file)
    installed = {"site-packages", "dist-packages"} & set(path.parts) or file.startswith("<")
    return not installed and not any(folder in path.parents for folder in (LIBRARY, TRUNK))
