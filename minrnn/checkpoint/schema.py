"""What a checkpoint says of its model, checked before anything is made of it: sizes, vocabulary, weights.

All functions raise CheckpointError with what is wrong, for `checkpoint.load` to say of which file.
"""

import math
from inspect import signature
from itertools import pairwise

import numpy as np

from cells import CELLS, Bidirectional
from data import LEVELS
from data.vocabulary import UNKNOWN

from ..nn.build import SIZES
from ..options.saved import check_option, short
from ..options.table import DEFAULTS, KINDS, accepted
from ..system.errors import CheckpointError

LARGEST = float(np.finfo(np.float32).max)


def check_model(saved):
    """The description of the model, its vocabulary, and that the weights are those of such a model."""
    check_names(saved["config"], ("model", "options", "text"), "config")
    V = check_vocabulary(saved["vocab"])
    needed = ("V", "cell", "layers", "hidden", "embed", "dropout")
    model = check_names(saved["config"]["model"], ("V", *SIZES, "cell_options"), "model", needed)
    if type(model["V"]) is not int or model["V"] != V:
        raise CheckpointError(f"its model has {short(model['V'])} symbols, its vocabulary {V}")
    for name in SIZES:
        if name in model:
            check_option(name, model[name])
    check_cell_options(model["cell"], model.get("cell_options", {}))
    weights = check_arrays(saved["weights"], "weight")
    for name, shape in shapes(model, sum(w.size for w in weights.values()), len(weights)).items():
        if name not in weights:
            raise CheckpointError(f"its weights have no {name}")
        if weights[name].shape != shape:
            raise CheckpointError(f"its {name} has shape {weights[name].shape}; its configuration asks for {shape}")
        del weights[name]
    if weights:
        raise CheckpointError(f"its configuration knows no weights {short(min(weights))}")


def check_names(section, known, where, needed=None):
    """The section, which must be a dict of the known names, with those among them that are needed (None: all)."""
    if type(section) is not dict:
        raise CheckpointError(f"it has no {where}")
    for name in known if needed is None else needed:
        if name not in section:
            raise CheckpointError(f"its {where} has no {name}")
    for name in section:
        if name not in known:
            raise CheckpointError(f"its {where} has {short(name)}, which this minrnn does not know")
    return section


def check_arrays(arrays, what, axes=None):
    """A copy of a dict of arrays of finite float numbers."""
    for name, v in arrays.items():
        if type(v) is not np.ndarray or v.dtype.kind != "f" or axes not in (None, v.ndim):
            raise CheckpointError(f"its {what} {short(name)} is no array of float numbers as it should be")
        # Without a temporary; what is not a number is the least and the largest of all.
        if v.size and not max(-float(v.min()), float(v.max())) <= LARGEST:
            raise CheckpointError(f"its {what} {short(name)} has a number that is not finite")
    return dict(arrays)


def check_vocabulary(saved):
    """How many symbols a vocabulary has, whose symbols can be what they are."""
    level = saved.get("level")
    if type(level) is not str or level not in LEVELS:
        raise CheckpointError(f"its vocabulary has the level {short(level)}; known are {', '.join(LEVELS)}")
    known = ("level", *signature(LEVELS[level]).parameters)
    check_names(saved, known, "vocabulary", ("level", "symbols"))
    for name in set(saved) - {"level", "symbols"}:
        if type(saved[name]) is not bool or (level == "byte" and saved[name]):
            raise CheckpointError(f"its vocabulary has {name} {short(saved[name])}")
    symbols = saved["symbols"]
    if type(symbols) is not list or not symbols:
        raise CheckpointError("its vocabulary has no symbols")
    if level == "byte":
        usable = all(type(s) is int for s in symbols) and symbols == list(range(256))
    else:
        usable = all(type(s) is str and s for s in symbols)
        # Twins are neighbours then. A set would take more memory than there is to a file.
        usable = usable and all(a != b for a, b in pairwise(sorted(symbols)))
        usable = usable and (level != "char" or all(len(s) == 1 or s == UNKNOWN for s in symbols))
    if not usable:
        raise CheckpointError(f"its vocabulary has symbols that are no {level}s, or has some of them twice")
    return len(symbols)


def check_cell_options(cell, options):
    """That the cell can be told these, by the names that its constructor has for them."""
    names = accepted(KINDS["cell"][cell], {name: name for name in DEFAULTS})
    for name in check_names(options, tuple(names), f"{cell} cell", ()):
        check_option(names[name], options[name])


def shapes(model, most, arrays):
    """{name: shape} of the weights of such a model, of which nothing is made; `most` elements and `arrays` at most."""
    get = {name: model.get(name, DEFAULTS[name]) for name in SIZES}
    V, H, E, layers = model["V"], get["hidden"], get["embed"], get["layers"]
    cell = CELLS[get["cell"]]
    two = issubclass(cell, Bidirectional)
    # Every layer has a matrix (H, H) or larger, and every symbol a row or a column somewhere.
    if layers > arrays or max(H * H * layers, V * H, V * E, E * H) > most:
        raise CheckpointError(
            f"its weights are too few for {layers} layers of hidden {H} units, {V} symbols and an embedding of {E}"
        )
    found = {"embedding": (V, E)} if E else {}
    first, upper = (cell_shapes(model, size) for size in (E or V, H))
    for side in ("forward", "backward") if two else ("layers",):
        for k in range(layers):
            for name, shape in (upper if k else first).items():
                if math.prod(shape) > most:
                    raise CheckpointError(f"its weights are too few for {side}.{k}.{name} of shape {shape}")
                found[f"{side}.{k}.{name}"] = shape
    width = 2 * H if two else H
    if get["tie_weights"] and E != width:
        raise CheckpointError(f"its embedding of {E} is tied to an output of {width}")
    return found | ({} if get["tie_weights"] else {"output.W": (width, V)}) | {"output.b": (V,)}


def cell_of(model):
    """The class of the cells that a model is made of; of a bidirectional one, that of its halves."""
    cell = CELLS[model.get("cell", DEFAULTS["cell"])]
    return getattr(cell, "kind", cell)


def cell_shapes(model, D):
    """{name: shape} of the parameters of a cell of the model, for inputs of size D."""
    cell, options = cell_of(model), model.get("cell_options", {})
    known = {name: value for name, value in options.items() if name in signature(cell.shapes).parameters}
    return cell.shapes(D, model.get("hidden", DEFAULTS["hidden"]), **known)


def not_finite(value, name=""):
    """The name of the first array in nested dicts, lists and tuples that has a NaN or an infinity; None if none has."""
    if isinstance(value, np.ndarray):
        return None if np.isfinite(value).all() else name
    if isinstance(value, list | tuple):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return None
    found = (not_finite(part, f"{name}.{key}" if name else str(key)) for key, part in value.items())
    return next(filter(None, found), None)
