#!/usr/bin/env python3
"""Writes text with a model that train.py has trained, or scores a text with it. Several models work as one.

Generated text, and nothing else, goes to stdout as it is produced; the prompt goes to stderr.
"""

import sys
from functools import partial

from minrnn.system.command import Parser, run_script

# Everything else is imported where it is needed: Ctrl-C is heard from the start, and a wrong option is told at once.


def main() -> int:
    from minrnn.options.sampling_options import complete

    given = vars(parser().parse_args())
    o = complete(given)

    from minrnn.checkpoint.several import load_models
    from minrnn.generation.samples import asked
    from minrnn.generation.score import score
    from minrnn.generation.stream import write, write_many
    from minrnn.rundir.folder import checkpoint_in
    from minrnn.system.compiling import announce_compiling
    from minrnn.system.errors import OptionError

    announce_compiling(partial(print, file=sys.stderr))
    files = list(map(checkpoint_in, o.model))
    model, vocabulary = load_models(files)
    if o.score:
        training = None
        if o.dynamic:
            from minrnn.training.training_text import training_text

            training = training_text(files[0], vocabulary, o.dynamic_text, o.encoding)
        how = {"rate": o.dynamic_rate, "decay": o.dynamic_decay, "T": o.dynamic_segment}
        print(score(model, vocabulary, o.score, training, o.encoding, **how))
        return 0
    if "sweeps" in given and model.directions == 1:
        raise OptionError(f"--sweeps is for bidirectional models, not for cell {model.config['cell']}; leave it out")
    symbols = asked(o, model, vocabulary)
    sys.stderr.write(o.prime)
    sys.stderr.flush()
    (write if o.num == 1 else write_many)(symbols, vocabulary, o.stop)
    return 0


def parser() -> Parser:
    """The parser of all options; one that is not given is absent from the result."""
    from minrnn.options.option import make_parser
    from minrnn.options.sampling_options import GROUPS

    return make_parser("sample.py", __doc__, GROUPS)


if __name__ == "__main__":
    run_script(main, "a lower --num, or a shorter text")
