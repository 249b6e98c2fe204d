"""Where the matrices of the cells are in the flat vector of all parameters, for optimisers that see whole matrices."""

from .language_model import LanguageModel

Places = list[tuple[int, tuple[int, int]]]


def cell_matrices(model: LanguageModel) -> Places:
    """(start in `params`, shape) of every matrix inside a cell: Wx, Wh and the like; in the order of `params`.

    A matrix whose input is one-hot is not among them: each of its rows stands for a symbol, as in an embedding.
    """
    places, start = [], 0
    for name, w in model.weights().items():
        stack, _, rest = name.partition(".")
        one_hot = rest == "0.Wx" and not model.config["embed"]
        if stack in model.stacks and w.ndim == 2 and not one_hot:
            places.append((start, w.shape))
        start += w.size
    return places
