"""What both scripts need around their few lines: arguments that are checked, and errors that teach."""

import argparse
import os
import re
import sys
import warnings

from .report import visible


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
    except ArithmeticError as error:
        fail(error, 1)
    except ValueError as error:
        if not is_for_users(error):
            raise
        fail(error, 2)


def is_for_users(error):
    """Whether an error is one of those whose message is written for the user."""
    # Imported late, so that Ctrl-C is heard while everything else is loading.
    from data import TextError

    from .checkpoint import CheckpointError
    from .errors import OptionError

    return isinstance(error, (TextError, CheckpointError, OptionError))


def fail(message, status):
    print(visible(f"{os.path.basename(sys.argv[0])}: {message}"), file=sys.stderr)
    sys.exit(status)


# Types for arguments. Each says what was expected; argparse says what was given.


def number(kind, low, high, expected):
    """An argument type: an int or a float from low to high."""

    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not {expected}")
        return value

    return parse


def named(text):
    """An argument type: a text that is not empty."""
    if not text:
        raise argparse.ArgumentTypeError("'' is empty; leave the option out, or say what is meant")
    return text


def one_or_more(choices):
    """An argument type: names with commas between them, each one of the choices -> a list."""

    def parse(text):
        names = text.split(",")
        for name in names:
            if name not in choices:
                raise argparse.ArgumentTypeError(f"{name!r} is not one of {', '.join(choices)}")
        return names

    return parse


def initialiser(text):
    """An argument type: an initialiser with its numbers, "uniform:0.08"."""
    from .initial import parse

    try:
        parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not one of uniform:B, normal:S, truncated:S, truncated:S:MEAN, glorot, orthogonal, "
            "orthogonal:GAIN with B, S and GAIN above 0"
        ) from None
    return text


TINY, HUGE = 1e-12, 1e12
count = number(int, 0, 10**9, "a whole number, 0 or more, up to 1000000000")
positive = number(int, 1, 10**9, "a whole number, 1 or more, up to 1000000000")
vocabulary_size = number(int, 2, 2**31, "a whole number, 2 or more, up to 2147483648")
amount = number(float, 0, HUGE, "a number, 0 or more, up to 1e+12")
rate = number(float, TINY, HUGE, "a number above 0, from 1e-12 to 1e+12")
small = number(float, 1e-30, HUGE, "a number above 0, from 1e-30 to 1e+12")
real = number(float, -HUGE, HUGE, "a number from -1e+12 to 1e+12")
share = number(float, 0, 1 - TINY, "a number from 0 up to, not including, 1")
fraction = number(float, TINY, 1, "a number above 0, up to 1")
