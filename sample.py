#!/usr/bin/env python3
"""Writes text with a model that train.py has trained, or scores a text with it. Several models work as one.

Generated text, and nothing else, goes to stdout as it is produced; the prompt goes to stderr.
"""

import sys
from collections.abc import Callable
from functools import partial
from time import perf_counter

from minrnn.system.command import Parser, run_script
from minrnn.system.mpi import ranks

# Everything else is imported where it is needed: Ctrl-C is heard from the start, and a wrong option is told at once.


def main() -> int:
    if ranks() > 1:
        from minrnn.training.alike import on_all_ranks

        return on_all_ranks(sample)
    return sample()


def sample(share: Callable[..., list] | None = None) -> int:
    """Does what the command line says; `share` spreads the work of a score over several processes."""
    from minrnn.options.sampling_options import complete

    given = vars(parser().parse_args())
    o = complete(given)

    from data import DASH, UnknownSymbol
    from minrnn.checkpoint.several import load_models
    from minrnn.generation.prompts import resolve, typed
    from minrnn.generation.samples import asked
    from minrnn.generation.score import score
    from minrnn.generation.stream import write
    from minrnn.own_cell.names import refuse_unused
    from minrnn.rundir.folder import checkpoint_in, latest
    from minrnn.system.compiling import announce_compiling
    from minrnn.system.errors import OptionError
    from minrnn.system.wording import cell_label

    if share and (o.dynamic or o.score in (None, DASH)):
        raise OptionError("mpiexec shares out only --score FILE, without --dynamic; start sample.py without mpiexec")
    note = partial(print, file=sys.stderr)
    announce_compiling(note)
    if not o.model:
        o.model = [latest("write with; train one (python train.py TEXT), or name a model")]
        note(f"model: {o.model[0]}, the newest run")
    files = list(map(checkpoint_in, o.model))
    model, vocabulary = load_models(files)
    refuse_unused(o.cell or [], model.config["cell"])
    if o.score:
        training = None
        if o.dynamic:
            from minrnn.training.training_text import training_text

            training = training_text(files[0], vocabulary, o.dynamic_text, o.encoding)
        how = {"rate": o.dynamic_rate, "decay": o.dynamic_decay, "T": o.dynamic_segment}
        print(score(model, vocabulary, o.score, training, o.encoding, o.unknown, share, **how))
        return 0
    resolve(o, vocabulary)
    if o.next or o.probability:
        from minrnn.generation.probability import table

        print(table(o, model, vocabulary, note))
        return 0
    if "sweeps" in given and model.directions == 1:
        cell = cell_label(model.config["cell"])
        raise OptionError(f"--sweeps is for bidirectional models, not for cell {cell}; leave it out")
    for prompt in typed(vocabulary) if o.interactive else [o.prime]:
        o.prime, began = prompt, perf_counter()
        try:
            write(o, asked(o, model, vocabulary, note), vocabulary, began)
        except UnknownSymbol as error:
            if not o.interactive:
                raise
            note(error)
    return 0


def parser() -> Parser:
    """The parser of all options; one that is not given is absent from the result."""
    from minrnn.options.option import make_parser
    from minrnn.options.sampling_options import GROUPS

    return make_parser("sample.py", __doc__, GROUPS)


if __name__ == "__main__":
    run_script(main, "a lower --num, or a shorter text")
