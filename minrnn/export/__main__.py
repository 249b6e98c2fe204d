"""Writes a trained model as an ONNX file, which programs in any language can run."""

import argparse
import sys

from ..system.command import Parser, run_script
from ..system.errors import OptionError
from ..system.files import write_atomic


def onnx_path(text: str) -> str:
    """An argument type: a name that ends in .onnx, so that no checkpoint is overwritten by mistake."""
    if not text.endswith(".onnx"):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of an ONNX file; give one that ends in .onnx")
    return text


def main() -> int:
    p = Parser(prog=sys.argv[0], description=__doc__)
    p.add_argument("model", metavar="MODEL", help="a checkpoint of train.py, or the folder of a run (its best)")
    p.add_argument("out", metavar="OUT.onnx", type=onnx_path, help="the file to write")
    o = p.parse_args()
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise OptionError("the export needs the package onnx; install it by: pip install -e '.[onnx]'") from None

    from ..checkpoint.pretrained import load_model
    from ..rundir.folder import checkpoint_in
    from .onnx import onnx_model

    model, vocabulary = load_model(checkpoint_in(o.model))
    write_atomic(o.out, onnx_model(model, vocabulary).SerializeToString())
    print(f"{o.out}: {model.config['cell']}, {len(vocabulary)} symbols", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.export"  # How help and errors name this command.
    run_script(main)
