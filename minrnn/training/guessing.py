"""A finite loss can be far too high, too: whoever guesses blindly among V symbols has a loss of ln V nats."""

import math

# So many nats above ln V are no accident.
FAR = 0.5
TOO_LARGE = "the weights or the steps are too large; try a lower --lr, a lower --clip-norm or a longer --warmup"
BY_HEART = (
    "the held-out text is unlike the training text, or the model knows that by heart; "
    "try --dropout, a smaller --hidden, --patience, more text, or --val-lines to hold out another part"
)


def worse_than_guessing(row: dict, V: int) -> tuple[str, str] | None:
    """("training" or "validation", a line for the user) if a loss in a row of the log is far above ln V, else None."""
    for which, name, cure in (("training", "train_loss", TOO_LARGE), ("validation", "val_loss", BY_HEART)):
        loss = row.get(name)
        if loss is not None and loss > math.log(V) + FAR:
            return which, (
                f"step {row['step']}: the {which} loss of {loss:.4g} nats is worse than guessing blindly "
                f"among {V:,} symbols, which has {math.log(V):.4g}: {cure}"
            )
    return None
