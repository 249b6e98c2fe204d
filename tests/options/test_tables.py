"""The tables of options: what follows from a row, and that nothing else has to be written down."""

import subprocess
import sys

import pytest
from conftest import ROOT

import sample
import train
from data import CARRIES
from minrnn.gradcheck import SIZES
from minrnn.gradcheck import __main__ as gradcheck
from minrnn.nn.config import Regularisers
from minrnn.nn.dropout import Dropout
from minrnn.nn.stack import Stack
from minrnn.options import sampling_options
from minrnn.options.__main__ import page
from minrnn.options.kinds import Switch
from minrnn.options.option import FIXED, FREE, MOMENTARY
from minrnn.options.rates import GATELESS_RATES, LEARNING_RATES, WORD_RATES
from minrnn.options.saved import check_option
from minrnn.options.table import DEFAULTS, HELD_OUT, LENGTHS, ROWS, belongs, lasting
from minrnn.system.errors import CheckpointError
from minrnn.training.previews import STYLES
from optim import OPTIMIZERS

SAMPLING = {row.name: row for row in sampling_options.ROWS}
every_row = pytest.mark.parametrize("row", [*ROWS.values(), *SAMPLING.values()], ids=lambda row: row.written)


def test_the_page_of_options_is_what_the_tables_say():
    written = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    assert written == page(), "write it again: python -m minrnn.options > docs/options.md"


@every_row
def test_the_default_is_a_value_that_the_option_can_have(row):
    assert row.default is None or row.kind is str or row.kind.allows(row.default)


@every_row
def test_help_is_one_line_that_tells_the_default(row):
    assert row.help and "\n" not in row.help and "  " not in row.help
    told = "(default" in row.explained
    silent = isinstance(row.kind, Switch) or row.default is None
    assert told or silent


@pytest.mark.parametrize("parser, rows", [(train.parser, ROWS), (sample.parser, SAMPLING)], ids=["train", "sample"])
def test_a_parser_has_the_options_of_its_table_and_no_other(parser, rows):
    assert {action.dest for action in parser()._actions} == {*rows, "help", "version"}


def test_what_is_not_given_is_absent():
    assert vars(train.parser().parse_args([])) == {}
    assert vars(sample.parser().parse_args(["m"])) == {"model": ["m"]}
    assert vars(gradcheck.parser().parse_args([])) == {}


def test_switches_that_a_preset_can_turn_on_can_be_turned_off():
    known = train.parser()._option_string_actions
    for name, row in ROWS.items():
        off = f"--no-{name.replace('_', '-')}"
        assert (off in known) == (isinstance(row.kind, Switch) and row.resumed != MOMENTARY), name


def test_a_row_says_what_a_resumed_run_does():
    assert {row.resumed for row in ROWS.values()} == {FIXED, FREE, MOMENTARY}
    assert {name for name, row in ROWS.items() if row.resumed == MOMENTARY} == {
        "out", "resume", "threads", "rank_timeout", "quiet", "list_presets", "list_texts",
    }  # fmt: skip
    assert lasting(DEFAULTS).keys() == {name for name, row in ROWS.items() if row.resumed != MOMENTARY}
    # What the shape of the weights and of the optimiser's slots depends on.
    for name in ("cell", "layers", "hidden", "embed", "tie_weights", "optimizer", "level", "vocab_size", *HELD_OUT):
        assert ROWS[name].resumed == FIXED
    assert all(ROWS[name].resumed == FREE for name in (*LENGTHS, "lr", "text"))


def test_options_of_gradcheck_are_those_of_training_with_sizes_of_their_own():
    actions = {action.dest: action for action in gradcheck.parser()._actions}
    for name in set(actions) & set(ROWS) - {"cell"}:
        assert actions[name].type in (None, ROWS[name].kind) and ROWS[name].help in actions[name].help
    for name, size in SIZES.items():
        assert f"(default {size})" in actions[name].help


def test_names_that_two_places_know_are_the_same():
    assert set(ROWS["sample_style"].kind.kind.names) == set(STYLES)
    assert tuple(ROWS["carry"].kind.names) == CARRIES
    assert set(LEARNING_RATES) == set(OPTIMIZERS) > set(GATELESS_RATES) | set(WORD_RATES)


def test_the_model_refuses_a_place_or_mask_of_dropout_that_it_does_not_know():
    with pytest.raises(ValueError, match="'steps'; expected one of step, sequence"):
        Dropout(0.5, "steps", "f4")
    with pytest.raises(ValueError, match="'output'; expected one of outputs, inputs"):
        Stack(None, 3, 1, 4, False, Regularisers(0.5, "output"), {}, "f4", None)


def test_what_an_option_belongs_to_is_what_takes_it():
    assert belongs("transforms") == {"cell": ["mixgru"]}
    assert belongs("gru_reset") == {"cell": ["gru", "bigru"]}
    assert belongs("momentum") == {"optimizer": ["sgd", "muon"]}
    assert belongs("decay") == {"schedule": ["staircase", "plateau"]}
    assert belongs("lr") == belongs("hidden") == {}


ONE_ROW_MORE = """
from minrnn.options import training_options
from minrnn.options.arguments import share
from minrnn.options.option import fixed

training_options.MODEL.append(fixed("--zoneout P", share, 0.25, "share of the state that stays as it is"))

import train
from minrnn.options.__main__ import page
from minrnn.options.resolve import resolve
from minrnn.options.saved import check_option
from minrnn.options.table import lasting
from minrnn.system.errors import CheckpointError, OptionError

assert vars(train.parser().parse_args(["--zoneout", "0.5"])) == {"zoneout": 0.5}
assert "--zoneout P" in train.parser().format_help() and "(default 0.25)" in train.parser().format_help()
assert lasting(resolve({}))["zoneout"] == 0.25 and resolve({"zoneout": 0.5})["zoneout"] == 0.5
assert "| `--zoneout P` | share of the state that stays as it is | 0.25 | fixed |" in page()
check_option("zoneout", 0.75)
for act in (lambda: check_option("zoneout", 1.5), lambda: resolve({"zoneout": 0.5}, resolve({}))):
    try:
        act()
    except (CheckpointError, OptionError) as error:
        print(error)
"""


@pytest.mark.slow
def test_a_new_row_is_all_that_a_new_option_needs():
    done = subprocess.run([sys.executable, "-c", ONE_ROW_MORE], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "it has --zoneout 1.5"
    assert done.stdout.splitlines()[1].startswith("--zoneout 0.5 contradicts the run to resume, which has 0.25")


def test_the_check_names_the_option_and_the_value():
    with pytest.raises(CheckpointError, match=r"^it has --batch-size 'many'$"):
        check_option("batch_size", "many")
