"""Writes a trained model as a file for other programs, or as a web page that writes: as the name of the file ends."""

import sys
from argparse import SUPPRESS, ArgumentTypeError
from importlib import import_module
from inspect import signature
from pathlib import Path

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
    p = Parser(prog=sys.argv[0], description=__doc__, argument_default=SUPPRESS)
    p.add_argument("model", metavar="MODEL", help="a checkpoint of train.py, or the folder of a run (its best)")
    p.add_argument("out", metavar="OUT", type=output_path, help=f"the file to write; ends in {' or '.join(FORMATS)}")
    p.add_argument("--bits", type=int, choices=(8, 32), help="of a weight in a page; 8 make it small (default: 32)")
    p.add_argument("--score", metavar="TEXT", help="tell how well a page predicts this text, and what 8 bits cost")
    p.add_argument("--title", metavar="TEXT", help="of a page (default: the name of the model's folder or file)")
    p.add_argument(
        "--names", choices=("minrnn", "torch"), help="of the weights in .safetensors: ours (the default), or in the "
        "names and layouts of torch.nn, as .npz always has them (docs/formats.md)",
    )  # fmt: skip
    o = p.parse_args()

    from ..checkpoint.pretrained import load_model
    from ..own_cell.names import UnknownCellError
    from ..rundir.folder import FILES, checkpoint_in

    path = checkpoint_in(o.model)
    form = import_module(f".{FORMATS[o.out.suffix]}", __package__)
    taken = signature(form.exported).parameters
    options = {name: value for name, value in vars(o).items() if name not in ("model", "out")}
    for name in options:
        if name not in taken:
            raise OptionError(f"--{name} is not for {o.out.suffix}; leave it out")
    if "title" in taken:
        options.setdefault("title", path.parent.name if path.name in FILES else path.stem)
    try:
        model, vocabulary = load_model(path)
    except UnknownCellError as error:
        raise OptionError(
            f"cell {error.label} cannot be exported: its equations are in a file of your own, which no other program "
            "knows; use the model by sample.py --cell or minrnn.load"
        ) from None
    file = form.exported(model, vocabulary, **options)
    write_atomic(o.out, file)
    size = f"{len(file) / 1e6:.2f} MB"
    print(f"{o.out}: {model.config['cell']}, {len(vocabulary)} symbols, {size}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.export"  # How help and errors name this command.
    run_script(main)
