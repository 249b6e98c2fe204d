"""The whole proof as a table: every cell, its options, 1 to 3 layers, and everything a model can be made of."""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from inspect import signature

from cells import CELLS

from ..nn.config import has_recurrent_matrix, width
from ..system.compiling import announce_compiling
from .check import TOLERANCE, Check, worst
from .check_cell import check_cell
from .check_model import check_model
from .explain import explain_cell, explain_model
from .training_parts import check_parts

# All differ, so that no swapped axis can pass, and they are small, so that the table takes seconds.
T, N, V, E, H = 3, 2, 5, 6, 4
LAYERS = (1, 2, 3)

# Options that change the equations of the cells that take them, by the constructor's names.
VARIANTS = ({}, {"reset": "before"}, {"gates": "hard"}, {"reset": "before", "gates": "hard"}, {"tie_gates": True})

MODELS = {
    "one-hot": {},
    "embedding": {"embed": E},
    "tied": {"tie_weights": True},
    "dropout": {"embed": E, "dropout": 0.4},
    "dropout inputs": {"dropout": 0.4, "dropout_at": "inputs"},
    "dropout inputs sequence": {"embed": E, "dropout": 0.4, "dropout_at": "inputs", "dropout_mask": "sequence"},
    "tied dropout sequence": {"tie_weights": True, "dropout": 0.4, "dropout_mask": "sequence"},
    "input and row dropout": {"embed": E, "input_dropout": 0.3, "embedding_dropout": 0.4},
    "weight drop": {"embed": E, "weight_drop": 0.4},
    "skip AR TAR": {"skip": True, "dropout": 0.4, "activation_reg": 2.0, "temporal_reg": 3.0},
    "projected skip TAR": {"tie_weights": True, "projection": E, "embed": E, "skip": True, "temporal_reg": 3.0},
}

COLUMNS = "{:22} {:>6}  {:24} {:>10} {:>10} {:>10} {:>10}"


def title(name: str, options: dict) -> str:
    """A cell with its options: "gru reset=before"."""
    return " ".join([name, *(f"{key}={value}" for key, value in options.items())])


def rows() -> Iterator[tuple[str, int | str, str, Check, Callable[[], list[str]]]]:
    """(cell with its options, layers, model, Check, explain) for every row of the table.

    There are "-" layers for a cell by itself. `explain` finds the diagnoses if the Check is wrong.
    """
    sizes = dict(T=T, N=N, D=V, H=H)
    for name in CELLS:
        # A bidirectional cell takes the options of its halves.
        known = signature(getattr(CELLS[name], "kind", CELLS[name])).parameters.keys()
        for options in (variant for variant in VARIANTS if variant.keys() <= known):
            alone = check_cell(name, options, T, N, V, H)
            yield title(name, options), "-", "vectors", alone, partial(explain_cell, name, options, alone, sizes)
            for layers in LAYERS:
                for model, settings in MODELS.items():
                    config = dict(V=V, cell=name, cell_options=options, layers=layers, hidden=H, **settings)
                    if settings.get("tie_weights"):
                        config.setdefault("embed", width(name, H))
                    if settings.get("weight_drop") and not has_recurrent_matrix(name):
                        continue
                    check = check_model(config, T, N)
                    yield title(name, options), layers, model, check, partial(explain_model, config, check, T, N)


def shown(error: float | None) -> str:
    return "-" if error is None else f"{error:.1e}"


def print_table() -> int:
    """Prints it; the exit status: 0 if every gradient is right, 1 if not."""
    announce_compiling(lambda line: print(line, file=sys.stderr))
    start = time.perf_counter()
    print("largest relative error of gradients, and of the loss (forward); float64; ", end="")
    print(f"T = {T}, N = {N}, V = {V}, embedding {E}, H = {H}")
    print(COLUMNS.format("cell", "layers", "model", "parameters", "inputs", "states", "forward"))
    found, wrong, diagnoses = [], 0, {}
    for label, layers, model, check, explain in rows():
        errors = [*map(check.worst, check.errors), check.forward]
        mark = "  WRONG" if check.wrong else ""
        print(COLUMNS.format(label, layers, model, *map(shown, errors)) + mark, flush=True)
        found.append(worst(errors))
        wrong += bool(check.wrong)
        if check.wrong and label not in diagnoses:  # The first row of a cell is the simplest.
            diagnoses[label] = explain()
    parts, lines = check_parts()
    for line in lines:
        print(f"DIAGNOSIS: {line}")
    print(f"{parts}: {'WRONG' if lines else 'right'}")
    for label, said in diagnoses.items():
        print("\n".join(f"DIAGNOSIS of {label}: {line}" for line in said))
    seconds = time.perf_counter() - start
    print(f"{len(found)} models, {wrong} of them wrong; worst {shown(worst(found))}, ", end="")
    print(f"allowed {TOLERANCE['complex step']:.0e}; {seconds:.0f} s")
    return 1 if wrong or lines else 0
