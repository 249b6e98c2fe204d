"""Makes a checkpoint of weights from PyTorch or of an exported model: sample.py and train.py --init-from read it.

FILE ends in .safetensors or .npz. It has the weights of nn.Embedding (or none, for one-hot input), of nn.RNN (tanh),
nn.GRU or nn.LSTM, and of nn.Linear under the names of a state dict, or what python -m minrnn.export wrote.
"""

import sys
from argparse import ArgumentTypeError
from pathlib import Path

from ..options.kinds import Text
from ..options.table import ROWS
from ..system.command import Parser, run_script

ENDINGS = (".safetensors", ".npz")
LEARNING = ("level", "tokeniser", "vocab_size", "lowercase", "letters", "encoding")


def weights_file(text: str) -> Path:
    """An argument type: a name with one of the endings."""
    if Path(text).suffix not in ENDINGS:
        pickled = Path(text).suffix in (".pt", ".pth", ".bin", ".ckpt")
        cure = "save the state dict with safetensors or numpy.savez first (docs/formats.md)" if pickled else ""
        raise ArgumentTypeError(f"{text!r} does not end in {' or '.join(ENDINGS)}{cure and '; ' + cure}")
    return Path(text)


def new_checkpoint(text: str) -> Path:
    """An argument type: a name that ends in .pkl and that nothing has yet."""
    if Path(text).suffix != ".pkl":
        raise ArgumentTypeError(f"{text!r} does not end in .pkl, as checkpoints do")
    if Path(text).exists():
        raise ArgumentTypeError(f"{text!r} exists already; name another file")
    return Path(text)


def main() -> int:
    given = vars(parser().parse_args())
    from .read import make_checkpoint

    print(make_checkpoint(given.pop("file"), given.pop("out"), given), file=sys.stderr)
    return 0


def parser() -> Parser:
    """The parser of all options; of those that a vocabulary is learned with, one that is not given is absent."""
    p = Parser(prog=sys.argv[0], description=__doc__)
    p.add_argument("file", metavar="FILE", type=weights_file, help=f"the file to read; ends in {' or '.join(ENDINGS)}")
    p.add_argument("out", metavar="OUT", type=new_checkpoint, help="the checkpoint to write; ends in .pkl")
    p.add_argument(
        "--vocabulary", metavar="TEXT", type=Text(),
        help="the symbols: a .json file with a list of them in the order of their ids, or the text that the model "
        "learned from, whose symbols are sorted as train.py does; not for files of minrnn, which have their own",
    )  # fmt: skip
    for name in LEARNING:
        ROWS[name].add_to(p)
    return p


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.import"  # How help and errors name this command.
    run_script(main, "a smaller file")
