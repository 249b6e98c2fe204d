"""What both scripts need around their few lines: arguments that are checked, and errors that teach."""

import argparse
import os
import re
import sys
import warnings

from .wording import visible


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and to which -1e3 is a number, too."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self._negative_number_matcher = re.compile(r"-\.?\d")

    def error(self, message):
        self.exit(2, f"{self.prog}: {visible(message)}; see --help\n")


class Unbreakable:
    """A stream that may go away while we write: what nobody reads is no reason to stop."""

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


def run_script(main, smaller="a smaller model, or shorter or fewer sequences"):
    """Runs main(), which returns an exit status, and turns what a user can cause into one line and status 2.

    `smaller` says what to ask for where memory does not suffice.
    """
    # A stream that was closed before we began is one that nobody reads.
    sys.stdout = sys.stdout or open(os.devnull, "w")
    sys.stderr = sys.stderr or open(os.devnull, "w")
    # Text of any language must get out, whatever the console can show.
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.stderr.reconfigure(errors="backslashreplace")
    sys.stderr = Unbreakable(sys.stderr)
    # Overflow is looked for where it matters, in the loss and the gradient.
    warnings.simplefilter("ignore", RuntimeWarning)
    try:
        os.getcwd()
    except OSError:
        fail("the current folder is gone; change into one that exists", 2)
    try:
        status = main()
        sys.stdout.flush()
        sys.exit(status)
    except KeyboardInterrupt:
        fail("interrupted", 130)
    except BrokenPipeError:
        # Whoever read our output has gone (| head): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except MemoryError:
        fail(f"out of memory; ask for less: {smaller}", 2)
    except OSError as error:
        fail(f"{error.filename or 'output'}: {error.strerror}; see to space and permissions there", 2)
    except Exception as error:
        # Errors whose message is written for the user say with which status the program ends.
        status = getattr(error, "exit_status", None)
        if status is None:
            raise
        fail(error, status)


def fail(message, status):
    print(visible(f"{os.path.basename(sys.argv[0])}: {message}"), file=sys.stderr)
    sys.exit(status)
