"""What models and their parts are called, on the command line and in the pictures."""

from collections import Counter

from ..errors import OptionError
from .reading import layers_of


def called(paths):
    """A name for each checkpoint: its folder's; where two are alike, with the file's and then a number behind it."""
    names = [path.resolve().parent.name or path.stem for path in paths]
    names = [name if names.count(name) == 1 else f"{name}-{path.stem}" for name, path in zip(names, paths)]
    seen = Counter()
    for k, name in enumerate(names):
        seen[name] += 1
        names[k] = name if seen[name] == 1 else f"{name}-{seen[name]}"
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
