"""One model out of several checkpoints that have the same vocabulary."""

from os import PathLike

from data import Vocabulary

from ..nn.ensemble import Ensemble, together
from ..nn.language_model import LanguageModel
from ..system.errors import OptionError
from .pretrained import load_model


def load_models(paths: list[str | PathLike]) -> tuple[LanguageModel | Ensemble, Vocabulary]:
    """The model of one checkpoint file, or the Ensemble of several, and their vocabulary.

    Raises CheckpointError, or OptionError if the models cannot work together.
    """
    models, vocabularies = zip(*map(load_model, paths))
    for path, model, vocabulary in zip(paths[1:], models[1:], vocabularies[1:]):
        different = f"{paths[0]} and {path} cannot work together:"
        if difference := first_difference(vocabularies[0], vocabulary):
            raise OptionError(f"{different} {difference}; name models with one vocabulary")
        if model.directions != models[0].directions:
            raise OptionError(f"{different} one of them is bidirectional; name models of one kind")
    return together(list(models)), vocabularies[0]


def first_difference(one: Vocabulary, other: Vocabulary) -> str:
    """What differs between two vocabularies, in words; "" if nothing does."""
    first, second = one.as_dict(), other.as_dict()
    for name in [name for name in first | second if name not in ("symbols", "seen")]:
        mine, its = first.get(name), second.get(name)
        if mine != its:
            return f"the first one's vocabulary has {name} {mine}, the second one's {its}"
    for which, has, lacks in (("first", one, other), ("second", other, one)):
        extra = [symbol for symbol in has.symbols if symbol not in lacks.index]
        if extra:
            more = f" and {len(extra) - 1} more" if len(extra) > 1 else ""
            return (
                f"they know {len(one)} and {len(other)} symbols, and only the {which} one knows {extra[0]!r:.60}{more}"
            )
    return "" if one.symbols == other.symbols else "their symbols are in another order"
