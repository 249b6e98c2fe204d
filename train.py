#!/usr/bin/env python3
"""Learns a character, word or byte model from text, and shows samples as they get better.

With no text named, it learns from the Python standard library's own source.
"""

import shlex
import sys
from contextlib import ExitStack
from functools import partial

from minrnn.system.command import Parser, run_script

# Everything else is imported where it is needed: Ctrl-C is heard from the start, and a wrong option is told at once.


def main() -> int:
    given = vars(parser().parse_args())
    if "list_presets" in given:
        from minrnn.options.presets import listing

        print(listing())
        return 0
    with ExitStack() as held:
        return train(given, held)


def train(given: dict, held: ExitStack) -> int:
    """Trains what was asked for; the folder stays locked for as long as `held` lasts. Returns the exit status."""
    from tqdm import tqdm

    from minrnn.rundir.folder import best_weights
    from minrnn.system.compiling import announce_compiling
    from minrnn.training.run import Run
    from minrnn.training.start import claim, open_folder
    from minrnn.training.trainer import Trainer

    folder, options, saved = open_folder(given, held)
    run = Run(options, saved)
    if saved and Trainer(run, folder).finished():
        cure = "a longer --steps, --epochs or --minutes" if run.share >= 1 else "more --patience"
        print(f"{folder} is over at step {run.step}; to go on, give {cure}", file=sys.stderr)
        return 0
    if not saved:
        folder = claim(folder, options, held)
    if not options["quiet"]:
        print(run.introduction(), file=sys.stderr)
        announce_compiling(partial(tqdm.write, file=sys.stderr))
    stopped = Trainer(run, folder).train()
    if stopped:
        again = f"python train.py --resume --out {shlex.quote(str(folder))}"
        print(f"stopped after step {run.step}; to go on: {again}", file=sys.stderr)
        return 128 + stopped
    if run.share < 1 and not options["quiet"]:
        print(f"stopped after step {run.step}: {options['patience']} validations without a better one", file=sys.stderr)
    if not options["quiet"]:
        print(f"done; to let it write: python sample.py {shlex.quote(str(best_weights(folder)))}", file=sys.stderr)
    return 0


def parser() -> Parser:
    """The parser of all options; one that is not given is absent from the result."""
    from minrnn.options.option import make_parser
    from minrnn.options.training_options import GROUPS

    return make_parser("train.py", __doc__, GROUPS)


if __name__ == "__main__":
    run_script(main, "lower --hidden, --layers, --embed, --transforms, --batch-size or --seq-len")
