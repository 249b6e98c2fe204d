"""From text to batches: files, vocabularies, streams."""

from .advice import advice
from .chars import CharVocabulary
from .download import listing
from .errors import MissingText, TextError, UnknownSymbol
from .files import DASH, standard_input
from .lines import hold_out_lines, looks_sorted
from .ngram import ngram_losses
from .parts import file_at, hold_out, spread
from .raw import ByteVocabulary
from .sources import CORPORA, announced, validation_files
from .streams import CARRIES, Streams, fit, windows
from .text import Text
from .tokenisers import TOKENISERS
from .vocabulary import Vocabulary
from .words import AUTO, WordVocabulary

LEVELS = {
    "char": CharVocabulary,
    "word": WordVocabulary,
    "byte": ByteVocabulary,
}


def vocabulary_from(saved: dict) -> Vocabulary:
    """The vocabulary that `as_dict` described."""
    kind = LEVELS[saved["level"]]
    return kind(**{name: value for name, value in saved.items() if name != "level"})
