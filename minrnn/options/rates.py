"""The learning rate where none is given: of the optimiser, the kind of cell and the kind of symbols."""

from cells import CELLS

LEARNING_RATES = {"sgd": 2.0, "rmsprop": 5e-3, "adam": 1e-2, "adagrad": 0.1, "muon": 1e-2}
# Cells without gates diverge sooner.
GATELESS_RATES = {"adam": 5e-3, "muon": 3e-3}
# Of words, cells with a cell state c (the LSTMs) learn more at a higher rate; large GRUs break there.
WORD_RATES = {"adam": 2e-2}


def usual_rate(optimizer: str, cell: str, level: str) -> float:
    """A good first learning rate."""
    kind = getattr(CELLS[cell], "kind", CELLS[cell])  # of a bidirectional cell, that of its halves
    rates = LEARNING_RATES
    if not getattr(kind, "sigmoids", ()):
        rates = rates | GATELESS_RATES
    elif level == "word" and len(kind.states) > 1:
        rates = rates | WORD_RATES
    return rates.get(optimizer, 1e-3)


def described() -> str:
    """All of it, for the help."""
    return (
        f"{listed(LEARNING_RATES)}; cells without gates: {listed(GATELESS_RATES)}; "
        f"words, cells with a cell state c: {listed(WORD_RATES)}"
    )


def listed(values: dict[str, float]) -> str:
    """{"sgd": 2.0, "adam": 0.01} as "sgd 2, adam 0.01"."""
    return ", ".join(f"{name} {value:g}" for name, value in values.items())
