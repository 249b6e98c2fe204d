"""Recurrent cells, one a file: the equations, the forward pass and the backward pass of each."""

from .gru import GRU
from .lstm import LSTM
from .rnn import RNN

CELLS = {
    "rnn": RNN,
    "gru": GRU,
    "lstm": LSTM,
}
