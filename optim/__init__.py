"""Optimisers, clipping and learning-rate schedules. They see flat vectors and numbers only."""

from .adagrad import Adagrad
from .adam import Adam
from .clip import clip_norm, clip_value, global_norm
from .rmsprop import RMSprop
from .schedules import Constant, Cosine, Plateau, Staircase
from .sgd import SGD

OPTIMIZERS = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adagrad": Adagrad,
}

SCHEDULES = {
    "constant": Constant,
    "staircase": Staircase,
    "cosine": Cosine,
    "plateau": Plateau,
}
