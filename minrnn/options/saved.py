"""The options in a checkpoint: each must be one that train.py's command line could have given.

A value is written as it would be on the command line, read with the same argument type, and must come back.
"""

import os
from argparse import ArgumentTypeError

from cells import CELLS
from data import CARRIES, LEVELS
from optim import OPTIMIZERS, SCHEDULES

from ..nn.dropout import MASKS
from ..nn.stack import PLACES
from ..system.errors import CheckpointError
from .arguments import (
    amount,
    count,
    fraction,
    initialiser,
    named,
    one_or_more,
    positive,
    rate,
    real,
    share,
    small,
    vocabulary_size,
)  # fmt: skip
from .table import DEFAULTS, STYLES, flag

# Longer than any path.
LONGEST = 1 << 13

styles = one_or_more(STYLES)
# For each option its argument type, or the names to choose from; bool for a switch.
TYPES = dict(
    text=[named], level=LEVELS, val=share, val_first=count, val_files=count, vocab_size=vocabulary_size,
    lowercase=bool, letters=bool,
    cell=CELLS, gru_reset=("after", "before"), forget_bias=real, gate_bias=real, gates=("sigmoid", "hard"),
    transforms=positive, layers=positive, hidden=positive, embed=count,
    dropout=share, dropout_at=PLACES, dropout_mask=MASKS, tie_weights=bool,
    init=initialiser, init_embedding=initialiser, init_recurrent=initialiser, init_output=initialiser,
    optimizer=OPTIMIZERS, lr=rate, momentum=share, rho=share, beta1=share, beta2=share, eps=small, eps_inside=bool,
    weight_decay=amount,
    schedule=SCHEDULES, warmup=count, final_lr=share, decay=fraction, decay_start=count, decay_every=positive,
    decay_patience=positive, clip_norm=amount, clip_value=amount, on_nan=("stop", "rollback"),
    batch_size=positive, seq_len=positive, epochs=rate, steps=positive, minutes=rate, carry=CARRIES, patience=count,
    seed=count, threads=positive, shards=positive,
    out=named, resume=bool, sample_every=count, sample_style=[styles], sample_length=positive, log_every=count,
    eval_every=count, keep=count, tensorboard=bool, quiet=bool,
    preset=named, list_presets=bool,
)  # fmt: skip


def check_option(name, value):
    """Raises CheckpointError unless the value is one that the option can have."""
    kind = TYPES[name]
    if value is None and DEFAULTS[name] is None:
        return
    if isinstance(kind, list):
        values, kind = value if type(value) is list and value else [None], kind[0]
    else:
        values = [value]
    if not all(could_be_given(kind, item) for item in values):
        raise CheckpointError(f"it has {flag(name)} {short(value)}")


def could_be_given(kind, value):
    """Whether an argument type (or choice, or switch) gives this value for a text."""
    if kind is bool:
        return type(value) is bool
    if type(value) not in (str, int, float) or (type(value) is str and not is_argument(value)):
        return False
    if not callable(kind):
        return type(value) is str and value in kind
    try:
        again = kind(str(value))
    except ArgumentTypeError:
        return False
    return again == value or again == [value]


def is_argument(text):
    """Whether the system could hand this to a program: not so long, not with a NUL, not with what no name has."""
    try:
        return len(text) <= LONGEST and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def short(value):
    """How a value is shown: not all of a long one, and a container by its kind."""
    value = value[:60] if type(value) is str else value
    return repr(value)[:60] if type(value) in (str, int, float, bool, type(None)) else f"a {type(value).__name__}"
