"""Writes a trained model as a file for other programs. The ending of its name says the format.

.onnx is ONNX, .safetensors has the weights and all that says what they mean, and .npz has them for PyTorch.
"""

import sys
from argparse import SUPPRESS, ArgumentTypeError
from importlib import import_module
from inspect import signature
from pathlib import Path

from ..options.kinds import Choice
from ..system.command import Parser, run_script
from ..system.errors import OptionError
from ..system.files import write_atomic
from . import FORMATS


def output_path(text: str) -> Path:
    """An argument type: a name with one of the endings, so that no checkpoint is overwritten by mistake."""
    if Path(text).suffix not in FORMATS:
        raise ArgumentTypeError(f"{text!r} has no ending of a format; give a name that ends in {' or '.join(FORMATS)}")
    return Path(text)


def main() -> int:
    p = Parser(prog=sys.argv[0], description=__doc__)
    p.add_argument("model", metavar="MODEL", help="a checkpoint of train.py, or the folder of a run (its best)")
    p.add_argument("out", metavar="OUT", type=output_path, help=f"the file to write; ends in {' or '.join(FORMATS)}")
    p.add_argument(
        "--names", metavar="{minrnn,torch}", type=Choice(("minrnn", "torch")), default=SUPPRESS,
        help="for .safetensors: the names and layouts of the weights: ours (the default), or those of torch.nn, "
        "which .npz always has; see docs/formats.md",
    )  # fmt: skip
    given = vars(p.parse_args())
    model, out = given.pop("model"), given.pop("out")

    from ..checkpoint.pretrained import load_model
    from ..rundir.folder import checkpoint_in

    exported = import_module(f".{FORMATS[out.suffix]}", __package__).exported
    for name in given.keys() - signature(exported).parameters.keys():
        raise OptionError(f"--{name.replace('_', '-')} is not for files that end in {out.suffix}; leave it out")
    model, vocabulary = load_model(checkpoint_in(model))
    write_atomic(out, exported(model, vocabulary, **given))
    print(f"{out}: {model.config['cell']}, {len(vocabulary)} symbols", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.export"  # How help and errors name this command.
    run_script(main)
