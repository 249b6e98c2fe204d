"""An exception in what a user wrote, as one line that says where."""

import traceback
from contextlib import contextmanager
from pathlib import Path

from ..errors import OptionError


@contextmanager
def calling(what):
    """Turns any exception within, and sys.exit, into an OptionError that says what was called, and where."""
    try:
        yield
    except (OptionError, MemoryError):
        raise
    except SyntaxError as error:
        raise OptionError(f"{what}: {error.msg} ({Path(error.filename or '?').name}, line {error.lineno})") from error
    except (Exception, SystemExit) as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}, line {frame.lineno}"
        message = " ".join(str(error).split())
        raise OptionError(f"{what} raised {type(error).__name__}: {message} ({where})") from error
