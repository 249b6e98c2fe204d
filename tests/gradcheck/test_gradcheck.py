"""`python -m minrnn.gradcheck --cell NAME`: every gradient with its shape, the options, and what is refused."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT, assert_refused
from gradcheck_cell import gradients

from cells import CELLS, Bidirectional
from minrnn.nn.build import build


@pytest.mark.parametrize("name", CELLS)
def test_one_cell_lists_every_gradient_with_its_shape(name, gradcheck):
    sizes = ["--T", 2, "--N", 3, "--D", 4, "--V", 6, "--hidden", 5, "--embed", 7, "--layers", 2, "--seed", 3]
    result = gradcheck("--cell", name, *sizes, "--dropout", 0.3, "--dropout-at", "inputs", "--dropout-mask", "sequence")
    assert result.returncode == 0, result.stdout + result.stderr
    alone, model = gradients(result.stdout)
    shapes = {key: p.shape for key, p in CELLS[name](4, 5).params.items()}
    assert {key: shape for key, (shape, _) in alone.items() if " " not in key} == shapes
    weights = build(dict(V=6, cell=name, layers=2, hidden=5, embed=7)).weights()
    expected = {key: p.shape for key, p in weights.items()}
    assert {key: shape for key, (shape, _) in model.items() if " " not in key} == expected
    assert alone["input x"][0] == (2, 3, 4) and model["input x"][0] == (2, 3, 7)
    for found, per_layer in ((alone, 2 if issubclass(CELLS[name], Bidirectional) else 1), (model, 2)):
        states = [shape for key, (shape, _) in found.items() if key.startswith("initial ")]
        assert states == [(3, 5)] * per_layer * len(getattr(CELLS[name], "kind", CELLS[name]).states)
        assert max(error for _, error in found.values()) < 1e-12
    assert "dropout_at = inputs, dropout_mask = sequence" in result.stdout
    assert result.stdout.endswith("every gradient is right\n")


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_passes_with_symbols_and_the_smallest_sizes(name, gradcheck):
    sizes = [part for size in ("--T", "--N", "--D", "--hidden") for part in (size, 1)]
    for arguments in ([], [*sizes, "--V", 2]):
        result = gradcheck("--cell", name, *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "embedding" not in result.stdout and result.stdout.endswith("every gradient is right\n")


def test_one_cell_takes_the_options_of_cells(gradcheck):
    result = gradcheck("--cell", "bigru", "--gru-reset", "before", "--gates", "hard", "--tie-weights")
    assert result.returncode == 0
    alone, model = gradients(result.stdout)
    assert "forward.bh" not in alone and "bigru reset=before gates=hard" in result.stdout
    # Tying sets the embedding to the width of the output.
    assert model["embedding"][0] == (7, 12) and "output.W" not in model
    assert gradients(gradcheck("--cell", "mixgru", "--transforms", 2).stdout)[0]["b"][0] == (20,)


@pytest.mark.slow
def test_it_works_without_compiling():
    env = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    arguments = [sys.executable, "-m", "minrnn.gradcheck", "--cell", "lnlstm"]
    result = subprocess.run(arguments, capture_output=True, text=True, cwd=ROOT, timeout=120, env=env)
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(gradients(result.stdout)[0]) == 9


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("--cell nope", ["'nope'", *CELLS, "FILE.py:Class"]),
        ("--cell nope.py:Mine", ["no file nope.py"]),
        ("--cell nope:Mine", ["no module nope"]),
        ("--cell cells.gru:Mine", ["no class 'Mine' in cells.gru; it has GRU"]),
        ("--cell cells:Nope", ["no class 'Nope' in cells; it has", "BiLSTM", "LNLSTM"]),
        ("--cell gru --tie-weights --embed 3", ["--tie-weights", "give --embed 6, not 3"]),
        ("--cell gru --dropout-at inputs", ["--dropout is 0"]),
        ("--cell gru --projection 3", ["--projection 3", "give --tie-weights"]),
        ("--cell gru --embedding-dropout 0.2", ["--embedding-dropout", "--embed is 0"]),
        ("--cell rnn --gates hard", ["--gates is for gru, lstm, bigru, bilstm, not for rnn"]),
        ("--cell lstm --gru-reset before", ["--gru-reset is for gru, bigru, not for lstm"]),
        ("--cell lstm --hidden 1000", ["too long", "--hidden"]),
        ("--cell rnn --V 20000", ["too long", "--V"]),
        ("--cell rnn --embed 4 --V 20000", ["too long", "--V"]),
        ("--cell rnn --T 20000", ["too long", "--T"]),
        ("--layers 2", ["--layers is for one cell; give --cell"]),
        *(
            (f"--cell lstm --{size} 0", [f"--{size}", "'0' is not"])
            for size in ("T", "N", "D", "V", "hidden", "layers")
        ),
    ],
)
def test_bad_input_is_refused(arguments, words, gradcheck):
    assert_refused(gradcheck(*arguments.split()), "gradcheck: ", *words)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--cell", "nope"], ["--T", "0"]])
def test_all_errors_begin_with_the_command_that_was_given(arguments):
    command = [sys.executable, "-m", "minrnn.gradcheck", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert_refused(result)
    assert result.stderr.startswith("python -m minrnn.gradcheck: ")


@pytest.mark.parametrize("module", ["cells.lstm", "cells"])
def test_a_class_of_the_registry_is_found_by_its_module(module, gradcheck):
    result = gradcheck("--cell", f"{module}:LSTM")
    assert result.returncode == 0 and result.stdout.startswith("lstm by itself")


def test_one_cell_takes_the_options_of_models(gradcheck):
    options = (
        "--layers 2 --tie-weights --projection 3 --skip --weight-drop 0.4 --embedding-dropout 0.3 --temporal-reg 2"
    )
    result = gradcheck("--cell", "lstm", *options.split())
    assert result.returncode == 0, result.stdout + result.stderr
    _, model = gradients(result.stdout)
    assert model["projection.P"][0] == (6, 3) and model["embedding"][0] == (7, 3)
    for words in ("skip = True", "projection = 3", "weight_drop = 0.4", "temporal_reg = 2.0"):
        assert words in result.stdout


def test_long_sequences_of_many_units_do_not_amplify_rounding(gradcheck):
    result = gradcheck("--cell", "rnn", "--T", 30, "--N", 2, "--hidden", 40)
    assert result.returncode == 0
    assert max(error for found in gradients(result.stdout) for _, error in found.values()) < 1e-12


@pytest.mark.parametrize(
    "options",
    [
        "gru --gate-bias 20",
        "gru --gate-bias -20",
        "gru --gate-bias 1000",
        "lstm --forget-bias -20",
        "lstm --forget-bias -1e3",
    ],
)
def test_gates_that_are_shut_or_open_leave_right_gradients_right(options, gradcheck):
    result = gradcheck("--cell", *options.split())
    assert result.returncode == 0, result.stdout + result.stderr
