"""Types for arguments. Each says what was expected; argparse says what was given."""

import argparse


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
    from ..nn.initialisers import parse

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
