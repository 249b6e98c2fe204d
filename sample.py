#!/usr/bin/env python3
"""Writes text with a model that train.py has learned, or scores a text with it.

Generated text, and nothing else, goes to stdout as it is produced; the prompt goes to stderr.
"""

import sys
from argparse import SUPPRESS, Namespace
from functools import partial
from itertools import chain, islice

from minrnn.options.arguments import count, fraction, named, positive, rate
from minrnn.system.command import Parser, run_script

DEFAULTS = dict(
    length=500, prime="", random_start=False, temperature=1.0, top_k=0, top_p=1.0, greedy=False, seed=None, num=1,
    stop=None, fill=None, sweeps=8, score=None,
)  # fmt: skip


def main():
    p = parser()
    given = vars(p.parse_args())
    o = Namespace(**{**DEFAULTS, **given})
    refuse_contradictions(p, o, given)

    # Imported after the arguments are checked, so that a wrong one is told at once.
    import numpy as np

    from minrnn.checkpoint.pretrained import load_model
    from minrnn.generation.score import score
    from minrnn.generation.stream import write, write_many
    from minrnn.nn.cloze_model import ClozeModel
    from minrnn.rundir.folder import checkpoint_in
    from minrnn.system.compiling import announce_compiling
    from minrnn.system.errors import OptionError

    announce_compiling(partial(print, file=sys.stderr))
    model, vocabulary = load_model(checkpoint_in(o.model))
    if o.score:
        print(score(model, vocabulary, o.score))
        return 0
    if "sweeps" in given and not isinstance(model, ClozeModel):
        raise OptionError(f"--sweeps is for bidirectional models, and {o.model} is of cell {model.config['cell']}")
    rng = np.random.default_rng(o.seed)
    choice = dict(temperature=o.temperature, top_k=o.top_k, top_p=o.top_p, greedy=o.greedy)
    symbols = (filled if o.fill else written)(o, model, vocabulary, rng, choice)
    sys.stderr.write(o.prime)
    sys.stderr.flush()
    writer = write if o.num == 1 else write_many
    writer(symbols, vocabulary, o.stop)
    return 0


def written(o, model, vocabulary, rng, choice):
    """The symbols of the samples, --length of them: an iterable of integers (num,)."""
    from minrnn.generation.fill import continued
    from minrnn.generation.generate import generate, generate_many, side_by_side
    from minrnn.nn.cloze_model import ClozeModel
    from minrnn.system.cores import physical_cores
    from minrnn.system.errors import OptionError

    prime = vocabulary.encode(o.prime)
    prime = side_by_side(prime if len(prime) else vocabulary.opening(), o.num)
    if o.random_start:
        prime = rng.integers(len(vocabulary), size=(1, o.num))
    first = prime if o.random_start else prime[:0]
    length = o.length - len(first) if o.length else None
    if not isinstance(model, ClozeModel):
        if o.num > 1:
            return chain(first, generate_many(model, prime, length, rng, physical_cores(), **choice))
        return chain(first, islice(generate(model, prime, rng, **choice), length))
    if length is None:
        raise OptionError("--length 0 has no end, and a bidirectional model writes from both ends; give a --length")
    return chain(first, continued(model, prime, length, rng, o.sweeps, **choice))


def filled(o, model, vocabulary, rng, choice):
    """The text of --fill with its blanks filled in: integers (n, num)."""
    import numpy as np

    from minrnn.generation.fill import BLANK, fill, with_blanks
    from minrnn.generation.generate import side_by_side
    from minrnn.nn.cloze_model import ClozeModel
    from minrnn.system.errors import OptionError

    if not isinstance(model, ClozeModel):
        raise OptionError(
            f"--fill looks at both sides of a blank, but {o.model} is a model of cell {model.config['cell']}, which "
            "sees the left side only; train one with --cell bilstm, bigru or birnn"
        )
    symbols, blanks = with_blanks(o.fill, vocabulary)
    if not blanks.any():
        raise OptionError(f"--fill {o.fill!r} has no blank; put {BLANK} for each symbol to fill in")
    opening = vocabulary.opening()
    x = side_by_side(np.concatenate([opening, symbols]), o.num)
    blanks = np.concatenate([[False], blanks])
    return fill(model, x, blanks, rng, o.sweeps, vocabulary.fillers(), **choice)[len(opening) :]


def refuse_contradictions(p, o, given):
    """Ends with a line that says so where options cannot go together."""

    def first(*names):
        """The first of these options that was given, as it is written; None if none was."""
        return next(("--" + name.replace("_", "-") for name in names if name in given), None)

    if o.greedy and first("temperature", "top_k", "top_p"):
        p.error("--greedy takes the likeliest symbol: leave out --temperature, --top-k and --top-p")
    if o.num > 1 and (not o.length or (o.greedy and not o.random_start)):
        p.error("--num is for samples that differ and end: leave out --greedy and --length 0")
    if o.random_start and o.prime:
        p.error("--random-start and --prime both say how to begin; give one")
    if o.fill and (other := first("length", "prime", "random_start", "stop")):
        p.error(f"--fill gives the whole text: leave out {other}")
    if o.score and (other := first(*(name for name in DEFAULTS if name != "score"))):
        p.error(f"--score writes nothing: leave out {other}")


def parser():
    p = Parser(prog="sample.py", description=__doc__, argument_default=SUPPRESS)
    o = p.add_argument
    o("model", type=named, metavar="MODEL", help="a checkpoint of train.py, or the folder of a run (its best)")
    o("--length", type=count, metavar="N", help="symbols to write; 0: until Ctrl-C (default 500)")
    o("--prime", metavar="TEXT", help="what the model reads first (default: a line end)")
    o("--random-start", action="store_true", help="begin with a random symbol instead, another for each sample")
    o("--temperature", type=rate, metavar="X", help="below 1 careful, above 1 daring (default 1)")
    o("--top-k", type=count, metavar="K", help="choose among the K likeliest symbols (default 0: all)")
    o("--top-p", type=fraction, metavar="P", help="choose among the likeliest that hold P (default 1)")
    o("--greedy", action="store_true", help="always take the likeliest symbol")
    o("--seed", type=count, metavar="N", help="the same seed writes the same text (default: another each time)")
    o("--num", type=positive, metavar="K", help="write K samples, computed side by side (default 1)")
    o("--stop", type=named, metavar="TEXT", help="stop before this text")
    o("--fill", type=named, metavar="TEXT", help="fill in the blanks of a text, one symbol for each _ (one word for"
      " each run of them); for bidirectional models")  # fmt: skip
    o("--sweeps", type=count, metavar="K", help="bidirectional models: how often what was written is drawn"
      " again from both sides (default 8)")  # fmt: skip
    o("--score", type=named, metavar="FILE", help="write nothing; tell how well the model predicts this text")
    return p


if __name__ == "__main__":
    run_script(main, "a lower --num, or a shorter text")
