"""A trained model as a .npz file of NumPy: the weights in torch's names and layouts, without the vocabulary."""

from data.vocabulary import Vocabulary

from ..exchange.npz import encoded
from ..exchange.to_torch import state_dict
from ..nn.language_model import LanguageModel


def exported(model: LanguageModel, vocabulary: Vocabulary) -> bytes:
    """The file. Raises OptionError if torch.nn has no such model."""
    return encoded(state_dict(model.config, model.weights()))
