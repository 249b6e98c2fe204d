"""Kinds of value: what each reads from the command line, and which values of a checkpoint it lets pass."""

from argparse import ArgumentTypeError

import pytest

from minrnn.options import arguments
from minrnn.options.kinds import LONGEST, Choice, Initialiser, Several, Switch, Text
from minrnn.options.saved import check_option, short
from minrnn.options.table import ROWS
from minrnn.system.errors import CheckpointError

STYLES = Several(Choice(("one", "several", "rows")), commas=True)
TEXTS = Several(Text())


@pytest.mark.parametrize(
    "kind, text, value",
    [
        (arguments.non_negative, "0", 0),
        (arguments.positive, "1000000000", 10**9),
        (arguments.real, "-1e3", -1000.0),
        (arguments.share, "0", 0.0),
        (arguments.fraction, "1", 1.0),
        (Choice(("a", "b")), "b", "b"),
        (STYLES, "one", ["one"]),
        (STYLES, "rows,one", ["rows", "one"]),
        (Text(), " ", " "),
        (TEXTS, "a,b", "a,b"),
        (Initialiser(), "orthogonal:1.1", "orthogonal:1.1"),
    ],
)
def test_a_text_becomes_a_value_that_is_allowed(kind, text, value):
    read = kind(text)
    assert (read, type(read)) == (value, type(value))
    assert kind.allows([read] if kind is TEXTS else read)


@pytest.mark.parametrize(
    "kind, text, words",
    [
        (arguments.positive, "0", ["'0'", "1 or more"]),
        (arguments.positive, "1.0", ["'1.0'", "whole number"]),
        (arguments.positive, "9" * 5000, ["whole number"]),
        (arguments.rate, "nan", ["'nan'", "above 0"]),
        (arguments.real, "inf", ["'inf'", "1e+12"]),
        (arguments.share, "1", ["'1'", "not including, 1"]),
        (Choice(("lstm", "gru")), "lsmt", ["'lsmt'", "lstm, gru", "did you mean lstm?"]),
        (Choice(("lstm", "gru")), "", ["''", "lstm, gru"]),
        (STYLES, "one,row", ["'row'", "one, several, rows", "did you mean rows?"]),
        (STYLES, "one,", ["''", "one, several, rows"]),
        (Text(), "", ["empty"]),
        (TEXTS, "", ["empty"]),
        (Initialiser(), "normal", ["'normal'", "normal:S"]),
        (Initialiser(), "", ["''", "glorot"]),
    ],
)
def test_a_wrong_text_is_refused_with_what_was_expected(kind, text, words):
    with pytest.raises(ArgumentTypeError) as told:
        kind(text)
    for word in words:
        assert word in str(told.value)


GOOD_AND_BAD = {
    "lr": ([1e-3, 1, None], ["x", "1", 0.0, -1.0, float("inf"), float("nan"), True, [1.0], 10**400]),
    "steps": ([5, None], [5.0, 0, "5", 2**40, False]),
    "hidden": ([1, 10**9], [0, -1, None, True, 1.5, 10**9 + 1]),
    "rounds": ([1, 100], [0, 101, None, 4.0]),
    "forget_bias": ([-2.5, 0, 1e12], [None, "0", True, -1e13]),
    "text": ([["a", "b"], ["caf\udce9"]], [[], "a", ("a",), [""], [1], ["a\0"], ["a", None], ["\ud800"], [["a"]]]),
    "out": (["a", None, "x" * LONGEST], ["", "x" * (LONGEST + 1), "a\0b", "\ud800", 5, ["a"]]),
    "preset": ([None, "a preset of tomorrow"], ["", 1]),
    "sample_style": ([["one", "rows"], ["one", "one"]], [["one,rows"], [], ["many"], "one", ("one",), [["one"]], None]),
    "init": ([None, "normal:1", "glorot"], ["normal", "", 5, "normal:1" + "0" * LONGEST, "normal:1\0", ["glorot"]]),
    "val": ([0, 0.5], [1.0, None, False, "0.5"]),
    "lowercase": ([True, False], [1, 0, None, "yes", "True"]),
    "level": (["word"], ["phrase", None, ["char"], 1]),
    "cell": (["bigru"], ["transformer", "", None, 0]),
    "carry": (["endless"], ["always", ["stream"]]),
}


@pytest.mark.parametrize("name", GOOD_AND_BAD)
def test_a_checkpoint_may_say_what_the_command_line_could_have_said(name):
    good, bad = GOOD_AND_BAD[name]
    for value in good:
        check_option(name, value)
    for value in bad:
        with pytest.raises(CheckpointError, match=f"it has --{name.replace('_', '-')} "):
            check_option(name, value)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_nothing_odd_passes_for_any_option(row):
    odd = (b"a", {}, {"a": 1}, (), 1j, object(), [None], [[]], [b"a"], float("nan"))
    assert not any(row.kind.allows(value) for value in odd)
    assert row.kind.allows(True) == row.kind.allows(False) == isinstance(row.kind, Switch)


def test_values_are_shown_in_short():
    assert short("x" * 100) == repr("x" * 60)[:60]
    assert [short(v) for v in (1.5, None, True, [1], {})] == ["1.5", "None", "True", "a list", "a dict"]
