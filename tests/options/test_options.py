"""What options mean together: defaults, presets, a run to resume, and what contradicts what."""

import pytest

from cells import CELLS
from minrnn.options.presets import load
from minrnn.options.rates import LEARNING_RATES
from minrnn.options.resolve import resolve
from minrnn.options.table import DEFAULTS, HELD_OUT, cell_options
from minrnn.system.errors import OptionError
from optim import OPTIMIZERS


def test_explicit_options_win_over_the_preset():
    options = resolve({"preset": "anna-lstm", "hidden": 64, "minutes": 3.0})
    assert (options["hidden"], options["layers"]) == (64, 2)
    assert (options["minutes"], options["epochs"], options["steps"]) == (3.0, None, None)


def test_what_is_held_out_wins_over_the_preset():
    for given, expected in (
        ({"val": 0.2}, (0.2, 0, 0, 0)),
        ({"val": 0.0}, (0.0, 0, 0, 0)),
        ({"val_files": 2}, (0.0, 0, 2, 0)),
        ({"val_lines": 0.3}, (0.0, 0, 0, 0.3)),
        ({"val_files": 0}, (0.0, 1000, 0, 0)),
    ):
        options = resolve({"preset": "udacity-lstm64", **given})
        assert tuple(options[name] for name in HELD_OUT) == expected
    assert resolve({"val_first": 0})["val"] == DEFAULTS["val"]
    assert resolve({"val_first": 9})["val"] == 0


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_first_learning_rate_is_lower_without_gates_and_higher_for_words_with_a_cell_state(optimizer, cell):
    without_gates = {"adam": 5e-3, "muon": 3e-3} if cell in ("rnn", "birnn") else {}
    with_cell_state = {"adam": 2e-2} if cell in ("lstm", "lnlstm", "mogrifier", "bilstm") else {}
    for level, special in (("char", {}), ("byte", {}), ("word", with_cell_state)):
        expected = (LEARNING_RATES | without_gates | special)[optimizer]
        assert resolve({"cell": cell, "optimizer": optimizer, "level": level})["lr"] == expected
        assert resolve({"cell": cell, "optimizer": optimizer, "level": level, "lr": 0.3})["lr"] == 0.3


def test_dropout_grows_by_itself_only_where_nothing_is_said_of_dropout():
    """Neither in a preset, nor in a run that is resumed."""
    for given, growth in (
        ({}, None),
        ({"dropout": 0.0}, 0.0),
        ({"dropout": 0.2}, 0.0),
        ({"dropout": 0.2, "dropout_growth": 0.3}, 0.3),
        ({"preset": "laptop"}, 0.0),
        ({"preset": "anna-lstm", "dropout_growth": 0.3}, 0.3),
    ):
        options = resolve(given)
        assert options["dropout_growth"] == growth, given
        assert resolve({}, options)["dropout_growth"] == growth, given
        del options["dropout_growth"]
        assert resolve({}, options)["dropout_growth"] == 0.0
    assert resolve({"dropout_mask": "sequence"})["dropout_growth"] is None


def test_another_optimizer_takes_what_the_preset_says_of_its_own_with_it():
    preset = load("anna-lstm")["options"]
    assert preset["beta2"] == 0.999
    options = resolve({"preset": "anna-lstm", "optimizer": "sgd"})
    assert options["lr"] == LEARNING_RATES["sgd"] and options["beta2"] == DEFAULTS["beta2"]
    assert resolve({"preset": "anna-lstm", "optimizer": "adam"})["beta2"] == 0.999
    assert resolve({"preset": "anna-lstm", "optimizer": "sgd", "lr": 2.0})["lr"] == 2.0
    assert resolve({"preset": "theano-gru", "optimizer": "adam"})["eps"] == DEFAULTS["eps"]
    assert resolve({"preset": "char-rnn", "schedule": "plateau"})["decay"] == DEFAULTS["decay"]


def test_a_switch_of_the_preset_can_be_turned_off():
    assert resolve({"preset": "udacity-lstm64", "letters": False})["letters"] is False
    assert resolve({"eps_inside": False})["optimizer"] == "adam"


def test_another_cell_takes_the_options_of_its_own_with_it():
    assert load("r2rt-gru")["options"]["gru_reset"] == "before"
    options = resolve({"preset": "r2rt-gru", "cell": "lstm"})
    assert cell_options(options) == {"forget_bias": 1.0, "gates": "sigmoid", "tie_gates": False}
    assert options["lr"] == 1e-4


@pytest.mark.parametrize(
    "given, words",
    [
        ({"preset": "anna"}, ["anna", "anna-lstm", "r2rt-gru"]),
        ({"preset": "../presets/anna-lstm"}, ["unknown"]),
        ({"preset": "anna-lstm", "gru_reset": "before"}, ["--cell gru", "not to lstm of the preset anna-lstm"]),
        ({"preset": "anna-lstm", "rho": 0.5}, ["--rho belongs to --optimizer rmsprop", "preset anna-lstm"]),
        ({"steps": 5, "minutes": 1.0}, ["--steps and --minutes"]),
        ({"rank_timeout": 5.0}, ["--rank-timeout is for the ranks of mpiexec, and there are none"]),
        ({"val_first": 5, "val_files": 1}, ["--val-first and --val-files"]),
        ({"val": 0.1, "val_files": 1}, ["--val and --val-files"]),
        ({"transforms": 3}, ["--transforms belongs to --cell mixgru"]),
        ({"tie_gates": True, "cell": "gru"}, ["--tie-gates belongs to --cell lstm or mogrifier or bilstm, not to gru"]),
        ({"rounds": 5}, ["--rounds belongs to --cell mogrifier, not to lstm"]),
        ({"cell": "mingru", "gates": "hard"}, ["--gates belongs to --cell gru or lstm", "not to mingru"]),
        ({"gates": "hard", "cell": "rnn"}, ["--gates belongs to --cell gru or lstm"]),
        ({"patience": 2, "val": 0.0}, ["--patience 2 needs validations"]),
        ({"patience": 2, "eval_every": 0}, ["--patience 2 needs validations"]),
        ({"tie_weights": True}, ["--tie-weights", "--embed 256"]),
        ({"tie_weights": True, "cell": "bilstm", "embed": 256}, ["--embed 512, not 256"]),
        ({"dropout": 0.0, "dropout_mask": "sequence"}, ["--dropout-mask", "--dropout is 0"]),
        ({"dropout_growth": 0.0, "dropout_at": "inputs", "input_dropout": 0.2}, ["--dropout-at", "--dropout is 0"]),
        ({"dropout": 0.1, "dropout_at": "inputs", "input_dropout": 0.2}, ["--input-dropout and --dropout-at inputs"]),
        ({"dropout_at": "inputs", "input_dropout": 0.2}, ["--input-dropout and --dropout-at inputs"]),
        ({"embedding_dropout": 0.1}, ["--embedding-dropout", "--embed is 0"]),
        ({"projection": 9}, ["--projection 9", "give --tie-weights and --embed 9"]),
        ({"projection": 9, "embed": 9}, ["--projection 9", "give --tie-weights"]),
        ({"projection": 9, "tie_weights": True, "embed": 256}, ["as wide as --projection", "--embed 9, not 256"]),
        ({"init_embedding": "normal:1"}, ["--init-embedding", "--embed"]),
        ({"init_embedding": "normal:1", "embed": 256, "tie_weights": True}, ["--init-embedding", "give --init-output"]),
        ({"keep": 3, "eval_every": 0}, ["--keep 3", "--eval-every"]),
        ({"sample_style": ["rows"], "sample_length": 5}, ["--sample-length", "rows"]),
        ({"eps": 1e-6, "optimizer": "sgd"}, ["--eps belongs to --optimizer rmsprop or adam or adagrad"]),
    ],
)
def test_contradictions_are_told_with_a_cure(given, words):
    with pytest.raises(OptionError) as told:
        resolve(given)
    for word in words:
        assert word in str(told.value)


def test_a_resumed_run_keeps_its_preset_and_refuses_another():
    saved = resolve({"preset": "anna-lstm", "hidden": 64})
    assert resolve({"preset": "anna-lstm", "epochs": 30.0}, saved)["hidden"] == 64
    with pytest.raises(OptionError, match="contradicts the run to resume"):
        resolve({"preset": "r2rt-gru"}, saved)


def test_every_cell_gets_the_options_of_its_constructor():
    for name, cell in CELLS.items():
        cell(5, 6, **cell_options({**DEFAULTS, "cell": name}))
