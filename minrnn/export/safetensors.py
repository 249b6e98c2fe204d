"""A trained model as a safetensors file: the weights by name, and in the metadata the vocabulary, as JSON.

With our own names, the metadata has the model's structure, too ("config"). With torch's, `load_state_dict` of the
modules in docs/formats.md takes the tensors as they are.
"""

import json

from data.vocabulary import Vocabulary

from ..exchange.safetensors import encoded
from ..exchange.symbols import in_json
from ..exchange.to_torch import state_dict
from ..nn.language_model import LanguageModel
from ..system.errors import OptionError


def exported(model: LanguageModel, vocabulary: Vocabulary, names: str = "minrnn") -> bytes:
    """The file, with the `names` of "minrnn" or "torch". Raises OptionError if torch.nn has no such model."""
    metadata = {"format": "minrnn", "config": json.dumps(model.config), "vocabulary": in_json(vocabulary)}
    tensors = model.weights()
    if names == "torch":
        tensors = state_dict(model.config, tensors)
        metadata = {"format": "pt", "vocabulary": in_json(vocabulary)}
    try:
        return encoded(tensors, metadata)
    except ValueError as error:
        raise OptionError(str(error)) from None
