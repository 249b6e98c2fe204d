"""Shows what is inside trained models: lag.png, gates.png and page.html.

lag.png tells how far back a model's gradient reaches, with a line for each model; gates.png how its gates and
states are spread; page.html is the text, coloured by what any one unit does or by what surprises the model.
"""

import sys
from functools import partial
from pathlib import Path

from ..options.arguments import positive
from ..options.kinds import Choice, Encoding, OwnCell, Several, Text
from ..system.command import Parser, run_script

SYMBOLS, LAGS = 2000, 100
LAG = "lag.png"


def main() -> int:
    """Writes the pictures and pages, and prints a line for each model; the exit status."""
    o = parser().parse_args()

    # Imported after the arguments are parsed, so that a wrong one is told at once.
    from data import Text, TextError, advice
    from data.unknown import read

    from ..checkpoint.pretrained import load_model
    from ..own_cell.names import refuse_unused
    from ..rundir.folder import checkpoint_in, make
    from ..system.compiling import announce_compiling
    from ..system.console import note
    from .lag import gradient_by_lag, summary
    from .lag_picture import draw_lags
    from .views import describe, symbol_count, unique_names, unit_index, write_views

    announce_compiling(partial(print, file=sys.stderr))
    paths = [checkpoint_in(model) for model in o.model]
    models, vocabularies = zip(*map(load_model, paths))
    refuse_unused(o.cell, " + ".join(model.config["cell"] for model in models))
    counts = [symbol_count(o.symbols, SYMBOLS, model, path) for model, path in zip(models, paths)]
    units = [unit_index(o.unit, model, path) for model, path in zip(models, paths)]
    symbols, warnings = [], {}
    for vocabulary in vocabularies:
        text = Text([o.text], o.encoding, vocabulary.raw)
        ids, notes = read(vocabulary, text, o.unknown)
        for line in notes:
            note(line)
        symbols.append(ids)
        warnings |= dict.fromkeys(advice(text, vocabulary, symbols[-1])[1])
    for line in warnings:
        note(f"warning: {line}")
    if not all(map(len, symbols)):
        raise TextError(f"{o.text} is empty; give a text for the model to read")
    names = unique_names(paths)
    norms = [gradient_by_lag(model, ids, o.lags) for model, ids in zip(models, symbols)]
    out = Path(o.out) if o.out else paths[0].parent / "inspect"
    make(out)
    print("\n".join(map(summary, names, norms)))
    draw_lags({f"{name}: {describe(model)}": v for name, model, v in zip(names, models, norms)}, out / LAG)
    written = [out / LAG]
    for name, model, vocabulary, ids, n, unit in zip(names, models, vocabularies, symbols, counts, units):
        suffix = f"-{name}" if len(models) > 1 else ""
        files = out / f"gates{suffix}.png", out / f"page{suffix}.html"
        write_views(*files, model, vocabulary, ids[:n], f"{describe(model)} reading {Path(o.text).name}", unit)
        written += files
    print(f"written: {', '.join(path.name for path in written)} in {out}")
    return 0


def parser() -> Parser:
    """The parser of all options."""
    p = Parser(prog=sys.argv[0], description=__doc__)
    o = p.add_argument
    o("model", nargs="+", metavar="MODEL", help="a checkpoint of train.py, or the folder of a run (its best)")
    o("--cell", type=Several(OwnCell(), commas=True), default=[], metavar="FILE.py:Class", help="the file and the class"
      " of the cell, for a model trained with one of your own (several models: with commas between)")  # fmt: skip
    o("--text", required=True, type=Text(), metavar="FILE", help="the text that the models read; - for standard input")
    o("--encoding", type=Encoding(), default="utf-8", metavar="NAME", help="how the text is encoded (default utf-8)")
    o(
        "--unknown",
        type=Choice(("error", "skip")),
        metavar="{error,skip}",
        help="what to do with symbols of the text that"
        " a model does not know: error, or skip to leave them out (default: error; if it has <unk>, that)",
    )
    o("--out", type=Text(), metavar="DIR", help="where to write (default: inspect, in the folder of the first model)")
    o("--symbols", type=positive, metavar="N", help="how much of the text gates.png and page.html are"
      f" about (default {SYMBOLS})")  # fmt: skip
    o("--unit", type=layer_and_unit, metavar="LAYER:UNIT", help="what the page begins with, both counted from 1"
      " (default: the unit that follows something in the text best)")  # fmt: skip
    o("--lags", type=positive, default=LAGS, metavar="N", help=f"how far back lag.png looks (default {LAGS})")
    return p


def layer_and_unit(text: str) -> tuple[int, int]:
    """An argument type: "2:17" -> (2, 17)."""
    from argparse import ArgumentTypeError

    layer, _, unit = text.partition(":")
    try:
        return positive(layer), positive(unit)
    except ArgumentTypeError:
        raise ArgumentTypeError(f"{text!r} is not LAYER:UNIT, two whole numbers above 0, as in 2:17") from None


if __name__ == "__main__":
    sys.argv[0] = "python -m minrnn.inspect"  # How help and errors name this command.
    run_script(main)
