"""The description of a model: what it is made of, how it is regularised, and what does not go together."""

from typing import NamedTuple

import cells  # Not what is in it: a class is imported when it is first asked for, and --help needs none.


class Regularisers(NamedTuple):
    """What keeps a model from learning its text by heart. It is on only in passes that get a random generator."""

    dropout: float = 0.0  # share of the elements set to zero, between the layers and before the output
    dropout_at: str = "outputs"  # see `Stack`
    dropout_mask: str = "step"  # see `Dropout`
    input_dropout: float = 0.0  # the same for the elements that the first layer reads
    embedding_dropout: float = 0.0  # share of the rows of the embedding, see `Embedding`
    weight_drop: float = 0.0  # share of the elements of Wh, see `WeightDrop`
    activation_reg: float = 0.0  # AR and TAR, see `ActivationPenalty`
    temporal_reg: float = 0.0

    @property
    def on(self) -> bool:
        """Whether a pass with a random generator differs from one without."""
        return any(value for value in self if not isinstance(value, str))


# The arguments of a model that are options of train.py, too.
SIZES = ("cell", "layers", "hidden", "embed", *Regularisers._fields, "tie_weights", "projection", "skip")


def width(cell: str, H: int) -> int:
    """How many columns the output of this cell with H units has, or that of a model below its output layer."""
    return 2 * H if issubclass(cells.CELLS[cell], cells.Bidirectional) else H


def check_config(config: dict) -> None:
    """Raises ValueError where parts of a model (all of SIZES) do not go together. The message names the options."""
    c = config
    wide = c["projection"] or width(c["cell"], c["hidden"])
    if c["projection"] and not c["tie_weights"]:
        raise ValueError(
            f"--projection {wide} narrows the output to a tied embedding; give --tie-weights and --embed {wide}, "
            "or leave it out"
        )
    if c["tie_weights"] and c["embed"] != wide:
        what = "--projection" if c["projection"] else "the output of the last layer"
        raise ValueError(
            "--tie-weights uses the embedding as the output matrix, so it must be as wide as "
            f"{what}; give --embed {wide}, not {c['embed']}"
        )
    if c["embedding_dropout"] and not c["embed"]:
        raise ValueError(
            "--embedding-dropout drops rows of the embedding, but --embed is 0; give --embed, or leave it out"
        )
    if c["input_dropout"] and c["dropout"] and c["dropout_at"] == "inputs":
        raise ValueError("--input-dropout and --dropout-at inputs both set a rate for the input; leave one of them out")
    if c["weight_drop"] and not has_recurrent_matrix(c["cell"]):
        raise ValueError(f"--weight-drop drops elements of Wh, a matrix that cell {c['cell']} lacks; leave it out")


def has_recurrent_matrix(cell: str) -> bool:
    """Whether this cell has the matrix Wh. A cell that does not tell its shapes may have it: `WeightDrop` will see."""
    kind = cells.CELLS[cell]
    try:
        return "Wh" in getattr(kind, "kind", kind).shapes(1, 1)
    except (AttributeError, NotImplementedError):
        return True
