"""The loss to beat: what a model reaches on the held-out text that only counts which symbols follow one another."""

from dataclasses import dataclass

from data import ngram_losses, spread

from ..system.wording import in_short

# It counts at most so many symbols of the training text, spread evenly, which takes a second.
COUNTED = 2_000_000
# How many symbols an n-gram has: of characters and bytes, and of words, where there are far more different ones.
ORDER, ORDER_OF_WORDS = 5, 3


@dataclass
class Baseline:
    """An n-gram model of `order`, made of `counted` of `total` symbols, and its held-out `loss` in nats a symbol."""

    order: int
    counted: int
    total: int
    loss: float

    @classmethod
    def of(cls, run) -> "Baseline | None":
        """That of a run; None if nothing is held out, or the model of the run reads what comes after a symbol, too."""
        corpus = run.corpus
        if not len(corpus.held_out) or run.model.directions > 1:
            return None
        order = ORDER_OF_WORDS if corpus.vocabulary.headline == "perplexity" else ORDER
        train, held_out = spread(corpus.train, COUNTED), spread(corpus.held_out, run.held_out.part)
        losses = ngram_losses(train, held_out, len(corpus.vocabulary), order)
        return cls(order, len(train), len(corpus.train), float(losses.mean()))

    @property
    def name(self) -> str:
        return f"{self.order}-grams"

    def in_words(self, headline: str) -> str:
        """A line for the introduction; the `headline` is loss or perplexity."""
        part = f" of {self.counted:,} of the {self.total:,} symbols" if self.counted < self.total else ""
        return f"to beat: validation {in_short(self.loss, headline)}, by a model that counts the {self.name}{part}"
