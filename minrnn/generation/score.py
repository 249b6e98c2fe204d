"""How well a model predicts a text."""

from data import Text, TextError, Vocabulary, windows

from ..nn.language_model import LanguageModel
from ..parallel.shards import Shards
from ..system.wording import bits_and_perplexity, decimals

# At the end of a window, a bidirectional model sees nothing to the right: so windows are long.
WINDOW = 2048


def score(model: LanguageModel, vocabulary: Vocabulary, path: str) -> str:
    """A table of what the text at `path` costs the model, one unit per line. Raises TextError for an empty text.

    Every symbol counts, the first one too: it is predicted from the line end that opens a text. A
    bidirectional model predicts each symbol from both sides.
    """
    text = Text([path])
    symbols, _ = vocabulary.encode_text(text)
    if not len(symbols):
        raise TextError(f"{path} is empty; give a text to score")
    framed = model.framed(symbols, vocabulary.opening())
    loss, accuracy = Shards(model, 1, 1).evaluate(windows(framed, 1, WINDOW))
    bits, perplexity = bits_and_perplexity(loss, text.characters / len(symbols))
    return (
        f"nats a symbol     {loss:.4f}\n"
        f"bits a character  {bits:.4f}\n"
        f"perplexity        {decimals(perplexity, 4)}\n"
        f"accuracy          {accuracy:.4f}\n"
        f"symbols           {len(symbols)}"
    )
