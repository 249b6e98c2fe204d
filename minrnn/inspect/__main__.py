"""Shows what is inside trained models: lag.png, gates.png and page.html.

lag.png tells how far back a model's gradient reaches, with a line for each model; gates.png how its gates and
states are spread; page.html is the text, coloured by what any one unit does or by what surprises the model.
"""

import sys
from functools import partial
from pathlib import Path

from ..options.arguments import positive
from ..options.kinds import Text
from ..system.command import Parser, run_script

SYMBOLS, LAGS = 2000, 100
LAG = "lag.png"


def main():
    o = parser().parse_args()

    # Imported after the arguments are checked, so that a wrong one is told at once.
    from data import Text, TextError

    from ..checkpoint.pretrained import load_model
    from ..rundir.folder import checkpoint_in, make
    from ..system.compiling import announce_compiling
    from .asked import called, described, shown_of, unit_of
    from .lag import gradient_by_lag
    from .lag_picture import draw_lags
    from .views import draw_model, summary

    announce_compiling(partial(print, file=sys.stderr))
    paths = [checkpoint_in(model) for model in o.model]
    models = [load_model(path) for path in paths]
    shown = [shown_of(o.symbols, SYMBOLS, model, path) for path, (model, _) in zip(paths, models)]
    units = [unit_of(o.unit, model, path) for path, (model, _) in zip(paths, models)]
    text = Text([o.text])
    numbers = [vocabulary.encode_text(text)[0] for _, vocabulary in models]
    if not all(map(len, numbers)):
        raise TextError(f"{o.text} is empty; give a text for the model to read")
    names = called(paths)
    norms = {name: gradient_by_lag(model, symbols, o.lags) for name, (model, _), symbols in zip(names, models, numbers)}
    out = Path(o.out) if o.out else paths[0].parent / "inspect"
    make(out)
    for name in names:
        print(summary(name, norms[name]))
    draw_lags({f"{name}: {described(model)}": norms[name] for name, (model, _) in zip(names, models)}, out / LAG)
    written = [LAG]
    for name, (model, vocabulary), symbols, n, unit in zip(names, models, numbers, shown, units):
        behind = f"-{name}" if len(models) > 1 else ""
        written += draw_model(out, behind, model, vocabulary, symbols[:n], Path(o.text).name, unit)
    print(f"written: {', '.join(written)} in {out}")
    return 0


def parser():
    p = Parser(prog=sys.argv[0], description=__doc__)
    o = p.add_argument
    o("model", nargs="+", metavar="MODEL", help="a checkpoint of train.py, or the folder of a run (its best)")
    o("--text", required=True, type=Text(), metavar="FILE", help="the text that the models read")
    o("--out", type=Text(), metavar="DIR", help="where to write (default: inspect, in the folder of the first model)")
    o("--symbols", type=positive, metavar="N", help="how much of the text gates.png and page.html are"
      f" about (default {SYMBOLS})")  # fmt: skip
    o("--unit", type=layer_and_unit, metavar="LAYER:UNIT", help="what the page begins with, both counted from 1"
      " (default: the unit that follows something in the text best)")  # fmt: skip
    o("--lags", type=positive, default=LAGS, metavar="N", help=f"how far back lag.png looks (default {LAGS})")
    return p


def layer_and_unit(text):
    """An argument type: "2:17" -> (2, 17)."""
    from argparse import ArgumentTypeError

    layer, _, unit = text.partition(":")
    try:
        return positive(layer), positive(unit)
    except ArgumentTypeError:
        raise ArgumentTypeError(f"{text!r} is not LAYER:UNIT, two whole numbers from 1 on, as in 2:17") from None


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.inspect"  # How help and errors name this command.
    run_script(main)
