"""Recurrent cells, one a file: the equations, the forward pass and the backward pass of each."""

from .bidirectional import Bidirectional, BiGRU, BiLSTM, BiRNN
from .gru import GRU
from .lnlstm import LNLSTM
from .lstm import LSTM
from .mixgru import MixGRU
from .rnn import RNN

CELLS = {
    "rnn": RNN,
    "gru": GRU,
    "lstm": LSTM,
    "lnlstm": LNLSTM,
    "mixgru": MixGRU,
    "birnn": BiRNN,
    "bigru": BiGRU,
    "bilstm": BiLSTM,
}
