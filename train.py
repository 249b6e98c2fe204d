#!/usr/bin/env python3
"""Learns a character, word or byte model from text, and shows samples as they get better.

With no text named, it learns from the Python standard library's own source.
"""

from contextlib import ExitStack

from minrnn.system.command import Parser, run_script
from minrnn.system.mpi import ranks

# Everything else is imported where it is needed: Ctrl-C is heard from the start, and a wrong option is told at once.


def main() -> int:
    if ranks() > 1:
        from minrnn.training.serve import on_ranks

        return on_ranks(train)
    return train()


def train(**more) -> int:
    """Does what the command line says; `more` goes to `minrnn.training.start.train`."""
    given = vars(parser().parse_args())
    if "list_presets" in given:
        from minrnn.options.presets import listing

        print(listing())
        return 0
    if "list_texts" in given:
        from data import listing

        print(listing())
        return 0
    from minrnn.training import start

    with ExitStack() as held:
        return start.train(given, held, **more)


def parser() -> Parser:
    """The parser of all options; one that is not given is absent from the result."""
    from minrnn.options.option import make_parser
    from minrnn.options.training_options import GROUPS

    return make_parser("train.py", __doc__, GROUPS)


if __name__ == "__main__":
    run_script(main, "lower --hidden, --layers, --embed, --transforms, --rank, --batch-size or --seq-len")
