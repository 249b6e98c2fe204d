"""The check of one cell, by itself and in a model: every parameter with its shape and its error."""

import sys

from cells import CELLS
from cells.cell import Cell

from ..nn.config import SIZES as MODEL_SIZES
from ..nn.config import width
from ..options.option import flag
from ..options.resolve import refuse_contradictions
from ..options.table import DEFAULTS, FORMERLY, accepted, belongs
from ..own_cell import contract
from ..own_cell.contract import check_contract
from ..own_cell.find import find
from ..own_cell.training_needs import training_needs
from ..own_cell.users_code import calling
from ..system.compiling import announce_compiling
from ..system.errors import OptionError
from . import LAYERS, SIZES
from .analytic import Reference, reference_of
from .check import TOLERANCE, Check, has_naive_step
from .check_cell import check_cell
from .check_model import check_model
from .table import title

# What a model is made of, besides cells and sizes.
MODEL_OPTIONS = {name: DEFAULTS[name] for name in MODEL_SIZES if name not in ("cell", *SIZES)} | {"layers": LAYERS}
# Multiplications that take some minutes; and how many of them take as long as one step of a cell needs in Python.
MAX_MULTIPLICATIONS, STEP_COST = 3e10, 2e3


def check_one(given: dict) -> int:
    """Checks the cell by itself and in a model and prints the errors; the exit status.

    `given` has the options that the user gave, and no others. Raises OptionError for options and cells that
    cannot be checked.
    """
    offered = given["cell"] in CELLS
    name = find(given["cell"])
    settings = {key: given.get(key, default) for key, default in MODEL_OPTIONS.items()}
    sizes = {key: given.get(key, size) for key, size in SIZES.items()}
    T, N, D, V, H = sizes.values()
    seed = given.get("seed", 0)
    options = cell_options(name, given)
    if settings["tie_weights"] and "embed" not in given:
        settings["embed"] = settings["projection"] or width(name, H)
    refuse_contradictions(given, {**DEFAULTS, **FORMERLY, **settings, "cell": name, "hidden": H})
    announce_compiling(lambda line: print(line, file=sys.stderr))
    tried = check_contract(name, options, symbols=not settings["embed"])
    needs = training_needs(name, tried, options)
    if needs and offered:
        raise OptionError(f"{name}: train.py offers it and cannot train it; give it {'; '.join(needs)}")
    refuse_long_checks(name, tried, *sizes.values(), settings["layers"], settings["embed"])

    cell = title(name, options)
    print(f"{cell} by itself: x ({T}, {N}, {D}) -> h ({T}, {N}, {width(name, H)})")
    with calling(f"{name}: the check"):
        alone = check_cell(name, options, T, N, D, H, seed)
    print_errors(alone)
    shown = {"T": T, "N": N, "V": V, "H": H, **{key: v for key, v in settings.items() if v != MODEL_OPTIONS[key]}}
    print(f"\n{cell} in a model: {', '.join(f'{key} = {value}' for key, value in shown.items())}")
    with calling(f"{name}: the check"):
        config = dict(V=V, cell=name, cell_options=options, hidden=H, **settings)
        model = check_model(config, T, N, seed)
    print_errors(model)
    print()
    print_method(name, reference_of(name, options))
    if alone.wrong or model.wrong:
        print_diagnosis(name, config, alone, model, dict(T=T, N=N, D=D, H=H), seed)
    if needs:
        print(f"to train {name}, give it {'; '.join(needs)}")
    wrong = [where + ", ".join(check.wrong) for where, check in (("", alone), ("in a model: ", model)) if check.wrong]
    print(f"WRONG: {'; '.join(wrong)}" if wrong else "every gradient is right")
    return 1 if wrong else 0


def cell_options(name: str, given: dict) -> dict:
    """The options for the cell's constructor, by its names for them. Raises OptionError for one it does not take."""
    known = {key: given[key] for key in DEFAULTS if key in given}
    for key in known:
        owners = belongs(key).get("cell", [name])
        if name not in owners:
            raise OptionError(f"{flag(key)} is for {', '.join(owners)}, not for {name}; leave it out")
    return accepted(CELLS[name], known)


def refuse_long_checks(name: str, tried: Cell, T: int, N: int, D: int, V: int, H: int, layers: int, embed: int) -> None:
    """Raises OptionError for sizes that would take too long: one forward pass, or six, for each number."""
    gates = sum(p.size for p in tried.params.values()) / ((contract.D + contract.H) * contract.H)
    # One symbol takes about as many multiplications as there are weights.
    alone = gates * (D + H) * H
    model = gates * ((embed or V) + H + (layers - 1) * 2 * H) * H + width(name, H) * V
    work = 0
    for numbers, each, steps in ((alone + T * N * D, alone, T), (model + embed * V, model, T * layers)):
        work += numbers * (T * N * each if has_naive_step(name) else 6 * (T * N * each + STEP_COST * steps))
    if work > MAX_MULTIPLICATIONS:
        numbers = int(alone + T * N * D + model + embed * V)
        what = f"about {numbers:,} numbers would each be changed and tried, which takes too long"
        raise OptionError(f"{what}; give smaller --hidden, --T, --N, --D or --V")


def print_errors(check: Check) -> None:
    """A line for every gradient, and one for the loss."""
    for name, shape, error in check.lines:
        print(f"  {name:28} {shape:16} {error:.1e}{'' if error <= check.tolerance else '  WRONG'}")


def print_diagnosis(name: str, config: dict, alone: Check, model: Check, sizes: dict[str, int], seed: int) -> None:
    """What is wrong, in one to three lines. Where the cell itself is wrong, the model says nothing more."""
    from .explain import explain_cell, explain_model  # what is right needs no explanation

    try:
        with calling(f"{name}: the search for a diagnosis"):
            if alone.wrong:
                lines = explain_cell(name, config["cell_options"], alone, sizes, seed)
            else:
                lines = explain_model(config, model, sizes["T"], sizes["N"], seed)
    except OptionError as error:  # The cell may fail at other sizes: what is wrong is still told.
        lines = [f"none, as {error}"]
    for line in lines:
        print(f"DIAGNOSIS: {line}")


def print_method(name: str, source: Reference) -> None:
    """What the errors are relative to, how small they must be, and where the reference comes from."""
    most = TOLERANCE[source.method]
    print(f"relative errors (to no less than 1e-6 of the largest gradient), at most {most:.0e}; compared with ", end="")
    if source.method == "complex step":
        print("the complex step of the naive forward pass in minrnn/gradcheck/reference.py")
        return
    how = "the complex step" if source.run else "differences"
    print(f"{how} of its own forward pass, as {name} has no naive step in minrnn/gradcheck/reference.py.")
    if source.why:
        print(f"{source.why[0].upper()}{source.why[1:]}.")
    if not source.run:
        print("Differences are coarser, and can be wrong where a function has a corner (then try another --seed).")
    print(
        "So this tells whether backward fits forward, and not whether forward itself is right, the cell that you meant."
    )
