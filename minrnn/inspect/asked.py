"""What the command line asks for: which models, which of their units, how much of the text."""

from itertools import chain, count

from ..system.errors import OptionError
from .page import room
from .reading import layers_of


def called(paths):
    """A name for each checkpoint: its folder's; where two are alike, with the file's and then a number behind it."""
    folders = [path.resolve().parent.name or path.stem for path in paths]
    wanted = [name if folders.count(name) == 1 else f"{name}-{path.stem}" for name, path in zip(folders, paths)]
    names = []
    for name in wanted:
        numbered = (f"{name}-{k}" for k in count(2))
        names.append(next(free for free in chain([name], numbered) if free not in names))
    return names


def described(model):
    """What kind of model it is: "lstm 2 x 128"."""
    return f"{model.config['cell']} {model.config['layers']} x {model.config['hidden']}"


def unit_of(given, model, path):
    """(layer, unit) from 0 for a pair counted from 1, or None; OptionError where the model has no such unit."""
    if given is None:
        return None
    layer, unit = given
    layers, hidden = list(layers_of(model)), model.config["hidden"]
    if layer > len(layers) or unit > hidden:
        many = "1 layer" if len(layers) == 1 else f"{len(layers)} layers"
        which = f" ({', '.join(layers)})" if model.directions == 2 else ""
        raise OptionError(f"--unit {layer}:{unit} is unit {unit} of layer {layer}: {path} has {many}{which} "
                          f"of {hidden} units; count both from 1")  # fmt: skip
    return layer - 1, unit - 1


def shown_of(given, default, model, path):
    """How many symbols the page of a model shows; OptionError where more are `given` than it has room for."""
    if given is not None and given > room(model):
        raise OptionError(f"--symbols {given} is too much for a page with every unit of {path}; "
                          f"give at most {room(model)}")  # fmt: skip
    return min(default, room(model)) if given is None else given
