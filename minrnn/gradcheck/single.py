"""The check of one cell, by itself and in a model: every parameter with its shape and its error."""

import sys
from inspect import signature

import numpy as np

from cells import CELLS

from ..options.option import flag
from ..options.resolve import refuse_contradictions
from ..options.table import DEFAULTS, PARAMETERS
from ..system.compiling import announce_compiling
from ..system.errors import OptionError
from . import SIZES
from .check import KINDS, TOLERANCE, naive_name, width
from .check_cell import check_cell
from .check_model import check_model
from .contract import keep
from .find import find
from .users_code import calling

MODEL = ("layers", "embed", "dropout", "dropout_at", "dropout_mask", "tie_weights")
CELL_OPTIONS = ("gru_reset", "forget_bias", "gate_bias", "gates", "transforms")
# Multiplications that take some minutes, and how many take as long as Python needs for one step of a cell.
MOST, STEP = 3e10, 2e3


def options_of(name, given):
    """What the constructor of the cell is told, by its names for it."""
    parameters = {PARAMETERS.get(key, key): key for key in CELL_OPTIONS if key in given}

    def taken(cell):
        return signature(getattr(cell, "kind", cell)).parameters

    for parameter, key in parameters.items():
        if parameter not in taken(CELLS[name]):
            owners = [other for other, cell in CELLS.items() if parameter in taken(cell)]
            raise OptionError(f"{flag(key)} is for {', '.join(owners)}, not for {name}; leave it out")
    return {parameter: given[key] for parameter, key in parameters.items()}


def check_one(given):
    """Checks the cell and the model that were `given` and prints what comes out; the exit status."""
    name = find(given["cell"])
    settings = {key: given.get(key, DEFAULTS[key]) for key in MODEL}
    sizes = {key: given.get(key, size) for key, size in SIZES.items()}
    T, N, D, V, H = sizes.values()
    seed = given.get("seed", 0)
    options = options_of(name, given)
    if settings["tie_weights"] and "embed" not in given:
        settings["embed"] = width(name, H)
    refuse_contradictions(given, {**DEFAULTS, **settings, "cell": name, "hidden": H})
    announce_compiling(lambda line: print(line, file=sys.stderr))
    keep(name, options, symbols=not settings["embed"])
    refuse_hours(name, options, *sizes.values(), settings["layers"], settings["embed"])

    title = " ".join([name, *(f"{key}={value}" for key, value in options.items())])
    print(f"{title} by itself: x ({T}, {N}, {D}) -> h ({T}, {N}, {width(name, H)})")
    with calling(f"{name}: the check"):
        alone = check_cell(name, options, T, N, D, H, seed)
    show(alone)
    told = {"T": T, "N": N, "V": V, "H": H, **{key: v for key, v in settings.items() if v != DEFAULTS[key]}}
    print(f"\n{title} in a model: {', '.join(f'{key} = {value}' for key, value in told.items())}")
    with calling(f"{name}: the check"):
        model = check_model(dict(V=V, cell=name, cell_options=options, hidden=H, **settings), T, N, seed)
    show(model)
    print()
    explain(name, alone.method)
    wrong = [where + ", ".join(check.wrong) for where, check in (("", alone), ("in a model: ", model)) if check.wrong]
    print(f"WRONG: {'; '.join(wrong)}" if wrong else "every gradient is right")
    return 1 if wrong else 0


def refuse_hours(name, options, T, N, D, V, H, layers, embed):
    """Raises OptionError for sizes that would take too long: a forward pass or six for each number that is nudged."""
    with calling(f"{name}(D, H, dtype=numpy.float64, rng=...)"):
        small = CELLS[name](5, 6, dtype=np.float64, rng=np.random.default_rng(0), **options)
    gates = sum(p.size for p in small.params.values()) / ((5 + 6) * 6)
    # The multiplications that one symbol takes are about as many as there are weights.
    alone = gates * (D + H) * H
    model = gates * ((embed or V) + H + (layers - 1) * 2 * H) * H + width(name, H) * V
    work = 0
    for numbers, each, steps in ((alone + T * N * D, alone, T), (model + embed * V, model, T * layers)):
        work += numbers * (T * N * each if naive_name(name) else 6 * (T * N * each + STEP * steps))
    if work > MOST:
        numbers = int(alone + T * N * D + model + embed * V)
        raise OptionError(
            f"about {numbers:,} numbers would each be nudged by itself, which takes too long; "
            "give smaller --hidden, --T, --N, --D or --V"
        )


def show(check):
    """Prints a line for every gradient."""
    for group, errors in check.errors.items():
        for name, error in errors.items():
            mark = "" if error <= check.tolerance else "  WRONG"
            print(f"  {KINDS[group] + name:28} {check.shapes[group][name]!s:16} {error:.1e}{mark}")
    if check.method == "complex step":
        mark = "" if check.forward <= check.tolerance else "  WRONG"
        print(f"  {'forward (loss)':28} {'':16} {check.forward:.1e}{mark}")


def explain(name, method):
    """Prints what the errors are relative to, and how small they must be."""
    print(f"relative errors (to no less than 1e-6 of the largest gradient), at most {TOLERANCE[method]:.0e}; ", end="")
    if method == "complex step":
        print("judged by the complex step of the naive forward pass in minrnn/gradcheck/reference.py")
    else:
        print(
            f"{name} has no naive step in minrnn/gradcheck/reference.py, so differences of its own forward pass "
            "are the judge.\nThey are coarser, do not tell whether forward itself is right, and may err where a "
            "function has a corner (then try another --seed)."
        )
