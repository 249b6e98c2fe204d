"""The space of a search: what it may be, and what is refused."""

from argparse import ArgumentTypeError

import pytest

from minrnn.system.errors import OptionError
from minrnn.tune.space import Axis, axis, check, choose


@pytest.mark.parametrize(
    "text, expected",
    [
        ("lr=log:1e-3:1e-2", Axis("lr", 1e-3, 1e-2, log=True)),
        ("dropout=0:0.5", Axis("dropout", 0.0, 0.5)),
        ("layers=1:3", Axis("layers", 1, 3)),
        ("hidden=64,128", Axis("hidden", choices=(64, 128))),
        ("--batch-size=8,16", Axis("batch_size", choices=(8, 16))),
        ("tie-gates=on,off", Axis("tie_gates", choices=(True, False))),
        ("cell=lstm,gru", Axis("cell", choices=("lstm", "gru"))),
    ],
)
def test_an_axis_is_a_range_or_choices(text, expected):
    assert axis(text) == expected


@pytest.mark.parametrize(
    "text, reason",
    [
        ("lr", "is not NAME=LOW:HIGH"),
        ("hiden=1,2", "did you mean hidden"),
        ("minutes=1,2", "stays the same"),
        ("level=char,word", "stays the same"),
        ("out=a,b", "stays the same"),
        ("dropout=0.5:0.1", "is empty"),
        ("dropout=0:1.5", "is not a number from 0"),
        ("dropout=log:0:0.5", "begins above 0"),
        ("lr=1:2:3", "a range is LOW:HIGH"),
        ("hidden=64", "at least two"),
        ("hidden=64,64", "at least two"),
        ("hidden=1.5,2", "is not a whole number"),
        ("cell=lstm,lstn", "did you mean lstm"),
        ("tie-gates=1,0", "on,off"),
    ],
)
def test_an_impossible_axis_is_refused_with_the_reason(text, reason):
    with pytest.raises(ArgumentTypeError, match=reason):
        axis(text)


def test_an_axis_that_nothing_takes_is_refused():
    with pytest.raises(OptionError, match="belongs to --optimizer"):
        check([axis("momentum=0:0.9")], {})
    check([axis("momentum=0:0.9"), axis("optimizer=adam,sgd")], {})
    with pytest.raises(OptionError, match="given twice"):
        check([axis("hidden=8,16")], {"hidden": 8})


@pytest.mark.parametrize(
    "optimizer, expected", [("adam", {"optimizer", "lr"}), ("sgd", {"optimizer", "lr", "momentum"})]
)
def test_what_the_chosen_optimiser_does_not_take_is_not_chosen(optimizer, expected):
    optuna = pytest.importorskip("optuna")
    axes = [axis("momentum=0:0.9"), axis("lr=log:1e-3:1e-2"), axis("optimizer=adam,sgd")]
    trial = optuna.trial.FixedTrial({"optimizer": optimizer, "lr": 2e-3, "momentum": 0.5})
    assert choose(axes, {}, trial).keys() == expected
