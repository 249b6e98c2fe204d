"""The registries of cells and optimisers: names at once, classes when they are asked for."""

import subprocess
import sys

import pytest
from conftest import ROOT

import cells
import optim
from cells import CELLS, LSTM, Bidirectional, BiLSTM, Registry, gru
from optim import OPTIMIZERS, Adam


def test_names_lead_to_classes():
    assert CELLS["lstm"] is LSTM and CELLS["bilstm"] is BiLSTM and gru.GRU is CELLS["gru"]
    assert issubclass(BiLSTM, Bidirectional)
    assert OPTIMIZERS["adam"] is Adam is optim.adam.Adam


@pytest.mark.parametrize("registry", [CELLS, OPTIMIZERS])
def test_every_way_to_read_gives_classes(registry):
    assert all(isinstance(kind, type) for kind in registry.values())
    assert dict(registry) == dict(registry.items()) == {name: registry.get(name) for name in registry}
    assert "nope" not in registry and registry.get("nope") is None


def test_a_class_can_be_added_and_taken_out():
    registry = Registry({"lstm": "cells.lstm:LSTM"})
    registry["mine"] = Adam
    assert list(registry) == ["lstm", "mine"] and registry["mine"] is Adam
    assert registry.pop("lstm") is LSTM and list(registry) == ["mine"]


@pytest.mark.parametrize("package", [cells, optim])
def test_a_package_lists_its_classes_and_knows_no_others(package):
    assert {"LSTM", "Bidirectional"} <= set(dir(package)) or {"Adam", "SGD"} <= set(dir(package))
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nope'"):
        package.nope  # noqa: B018


@pytest.mark.slow
def test_only_the_cell_that_is_asked_for_is_imported():
    code = (
        "import sys, cells, optim; list(cells.CELLS), list(optim.OPTIMIZERS); assert 'numba' not in sys.modules;"
        "cells.CELLS['rnn']; assert 'cells.rnn' in sys.modules and 'cells.lstm' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
