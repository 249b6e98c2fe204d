"""What every command needs around its few lines: a parser of arguments, and errors as one line that teaches."""

import argparse
import errno
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable
from itertools import takewhile
from typing import TextIO

from .. import __version__
from .wording import visible


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, which suggests the nearest option for a mistyped one; it has --version."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self._negative_number_matcher = re.compile(r"-\.?\d")  # Also -1e3 is a number.
        self.add_argument("--version", action="version", version=f"minrnn {__version__}", help="print the version")

    def parse_known_args(self, args=None, namespace=None):
        self.arguments = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str):
        for argument in takewhile("--".__ne__, self.arguments):
            flag = argument.partition("=")[0]
            # What argparse takes for an option, if it is not the beginning of one.
            is_option = flag.startswith("-") and " " not in argument and not self._negative_number_matcher.match(flag)
            if is_option and not any(known.startswith(flag) for known in self._option_string_actions):
                message = f"there is no option {flag}{did_you_mean(flag, self._option_string_actions)}"
                break
        self.exit(2, f"{self.prog}: {visible(message)}; see --help\n")


def did_you_mean(text: str, names: Iterable[str]) -> str:
    """What to say behind a mistyped name: " (did you mean --hidden?)", or "" where none of the names is near."""
    from difflib import get_close_matches  # Late: few runs need it.

    bare = {name.strip("-"): name for name in names}
    near = [bare[name] for name in get_close_matches(text.strip("-"), bare)]
    return f" (did you mean {' or '.join(near)}?)" if near else ""


class Unbreakable:
    """A stream that may go away while we write: if nobody reads, that is no reason to stop."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        try:
            return self.stream.write(text)
        except OSError:
            return len(text)

    def flush(self):
        try:
            self.stream.flush()
        except OSError:
            pass


def run_script(main: Callable[[], int], smaller: str = "a smaller model, or shorter or fewer sequences") -> None:
    """Runs main(), which returns an exit status. What a user can cause becomes one line on stderr and status 2.

    `smaller` says what to ask for where there is not enough memory.
    """
    # A stream may be closed already (python x >&-): write to nowhere then.
    sys.stdout = sys.stdout or open(os.devnull, "w")
    sys.stderr = sys.stderr or open(os.devnull, "w")
    prepare(sys.stdout)
    prepare(sys.stderr)
    sys.stderr = Unbreakable(sys.stderr)
    if sys.platform == "darwin":
        # Apple's linear algebra reads this when NumPy is imported, and has no other switch: see parallel/pools.py.
        os.environ.setdefault("VECLIB_MAXIMUM_THREADS", "1")
    try:
        os.getcwd()
    except OSError:
        fail("the current folder is gone; change into one that exists", 2)
    try:
        # Overflow is checked where it matters, in the loss and the gradient.
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
            status = main()
        sys.stdout.flush()
        sys.exit(status)
    except KeyboardInterrupt:
        fail("interrupted", 130)
    except MemoryError:
        fail(f"out of memory; ask for less: {smaller}", 2)
    except OSError as error:
        if is_broken_pipe(error):
            # Whoever read our output has gone (| head): nothing is wrong.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        if error.errno is None:
            cannot_load(error)
        fail(f"{error.filename or 'output'}: {error.strerror}; check space and permissions there", 2)
    except ImportError as error:
        if "failed to map" not in str(error) and "annot allocate" not in str(error):
            raise
        cannot_load(error)
    except Exception as error:
        # An error whose message is written for the user says with which status the program ends.
        status = getattr(error, "exit_status", None)
        if status is None:
            raise
        fail(error, status)


def cannot_load(error: Exception) -> None:
    """Ends the program after a library could not be loaded."""
    # NumPy has a page of advice, and the reason at its end.
    fail(f"a library cannot be loaded: {str(error).strip().splitlines()[-1]}; free some memory, or install it anew", 2)


def prepare(stream: TextIO) -> None:
    """Text of any language must get out, whatever the console can show; and on Windows, into files as it is."""
    if not hasattr(stream, "reconfigure"):
        return  # a notebook's
    stream.reconfigure(errors="backslashreplace")
    if sys.platform == "win32" and not stream.isatty():
        encoding = {} if "PYTHONIOENCODING" in os.environ else {"encoding": "utf-8"}
        stream.reconfigure(newline="\n", **encoding)


def is_broken_pipe(error: OSError) -> bool:
    """Whether nobody reads our output any more. Windows then says EINVAL."""
    windows = sys.platform == "win32" and error.errno == errno.EINVAL and not error.filename
    return windows or isinstance(error, BrokenPipeError)


def fail(message: object, status: int) -> None:
    """Ends the program with one line on stderr."""
    print(visible(f"{os.path.basename(sys.argv[0])}: {message}"), file=sys.stderr)
    sys.exit(status)
