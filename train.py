#!/usr/bin/env python3
"""Learns a character, word or byte model from text, and shows samples getting better.

With no text named, it learns from the Python standard library's own source.
"""

import argparse
import shlex
import sys
from contextlib import ExitStack
from functools import partial

from minrnn.options.arguments import (
    amount,
    count,
    fraction,
    initialiser,
    named,
    one_or_more,
    positive,
    rate,
    real,
    share,
    small,
    vocabulary_size,
)  # fmt: skip
from minrnn.system.command import Parser, run_script

# Everything else is imported where it is needed: Ctrl-C is heard from the start, and a wrong option told at once.

INITIALISED = {
    "--init": "initial input matrices",
    "--init-embedding": "initial embedding (default: as --init)",
    "--init-recurrent": "initial recurrent matrices (default: as --init)",
    "--init-output": "initial output matrix (default: as --init)",
}


def main():
    given = vars(parser().parse_args())
    if "list_presets" in given:
        from minrnn.options.presets import listing

        print(listing())
        return 0

    with ExitStack() as held:
        return train(given, held)


def train(given, held):
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
        print(
            f"{folder} is over at step {run.step}; to go on, give "
            + ("a longer --steps, --epochs or --minutes" if run.share >= 1 else "more --patience"),
            file=sys.stderr,
        )
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


def parser():
    """All options. One that is not given is absent from the result: its value is in DEFAULTS."""
    from cells import CELLS
    from data import CARRIES, CORPORA, LEVELS
    from minrnn.nn.dropout import MASKS
    from minrnn.nn.stack import PLACES
    from minrnn.options.table import DEFAULTS, LEARNING_RATES, MINUTES, STYLES
    from optim import OPTIMIZERS, SCHEDULES

    SWITCH = argparse.BooleanOptionalAction
    p = Parser(prog="train.py", description=__doc__, argument_default=argparse.SUPPRESS)
    p.add_argument(
        "text", nargs="*", type=named, metavar="TEXT", default=argparse.SUPPRESS,
        help=f"files, folders (all their text files), globs, or a corpus by name: {', '.join(CORPORA)}",
    )  # fmt: skip

    def group(title):
        add = p.add_argument_group(title).add_argument

        def option(name, help, **settings):
            default = DEFAULTS[name.strip("-").replace("-", "_")]
            shown = default is not None and default is not False and "action" not in settings
            text = " ".join(default) if isinstance(default, list) else default
            add(name, help=f"{help} (default {text})" if shown else help, **settings)

        return option

    o = group("data")
    o("--level", "what a symbol is", choices=LEVELS)
    o("--val", "share of the text, at its end, held out for validation; 0 for none", type=share, metavar="FRACTION")
    o("--val-first", "instead: hold out the first N symbols", type=count, metavar="N")
    o("--val-files", "instead: hold out the last K files", type=count, metavar="K")
    o("--vocab-size", "keep the N - 1 most frequent symbols; the rest is <unk>", type=vocabulary_size, metavar="N")
    o("--lowercase", "fold the text to lower case", action=SWITCH)
    o("--letters", "fold the text to a-z: lower case, and a space for everything else", action=SWITCH)

    o = group("model")
    o("--cell", "kind of recurrent cell", choices=CELLS)
    o("--gru-reset", "GRU: reset gate after or before the recurrent product", choices=("after", "before"))
    o("--forget-bias", "lstm, lnlstm, bilstm: what the forget gate's bias starts from", type=real, metavar="X")
    o("--gate-bias", "gru, mixgru, bigru: what the biases of r and z start from", type=real, metavar="X")
    o("--gates", "gru, lstm and their bi-: sigmoid, or hard (0.2 x + 0.5, cut to 0..1)", choices=("sigmoid", "hard"))
    o("--transforms", "mixgru: input transforms that are mixed", type=positive, metavar="K")
    o("--layers", "stacked cells", type=positive, metavar="N")
    o("--hidden", "units a layer", type=positive, metavar="N")
    o("--embed", "size of learned input vectors; 0 for one-hot input", type=count, metavar="N")
    o("--dropout", "share that is dropped in training, of what --dropout-at says", type=share, metavar="P")
    o("--dropout-at", "outputs of all layers, or inputs of all layers and output of the last", choices=PLACES)
    o("--dropout-mask", "new for each time step, or one for a whole sequence", choices=MASKS)
    o("--tie-weights", "the embedding is the output matrix too", action=SWITCH)
    for name, which in INITIALISED.items():
        o(name, f"{which}: uniform:B, normal:S, truncated:S:MEAN, glorot, orthogonal:GAIN", type=initialiser,
          metavar="NAME:X")  # fmt: skip

    o = group("training")
    rates = ", ".join(f"{name} {lr:g}" for name, lr in LEARNING_RATES.items())
    o("--optimizer", "how weights follow the gradient", choices=OPTIMIZERS)
    o("--lr", f"learning rate (default: {rates})", type=rate, metavar="X")
    o("--momentum", "sgd: share of the last step kept", type=share, metavar="X")
    o("--rho", "rmsprop: decay of the mean square", type=share, metavar="X")
    o("--beta1", "adam: decay of the mean", type=share, metavar="X")
    o("--beta2", "adam: decay of the mean square", type=share, metavar="X")
    o("--eps", "rmsprop, adam, adagrad: what is added to the root", type=small, metavar="X")
    o("--eps-inside", "rmsprop, adagrad: add it under the root", action=SWITCH)
    o("--weight-decay", "adam: decoupled weight decay", type=amount, metavar="X")
    o("--schedule", "how the learning rate changes", choices=SCHEDULES)
    o("--warmup", "cosine: steps until the full rate", type=count, metavar="STEPS")
    o("--final-lr", "cosine: share of the rate at the end", type=share, metavar="SHARE")
    o("--decay", "staircase, plateau: factor of each fall", type=fraction, metavar="X")
    o("--decay-start", "staircase: the step from which they are counted", type=count, metavar="STEPS")
    o("--decay-every", "staircase: steps between falls", type=positive, metavar="STEPS")
    o("--decay-patience", "plateau: validations without a better one before a fall", type=positive, metavar="N")
    o("--clip-norm", "largest norm of the whole gradient; 0 for any", type=amount, metavar="X")
    o("--clip-value", "largest size of a gradient's element; 0 for any", type=amount, metavar="X")
    o("--on-nan", "when loss or gradient is no finite number: stop, or roll back to the last checkpoint with half the"
      " learning rate, up to five times", choices=("stop", "rollback"))  # fmt: skip
    o("--batch-size", "sequences side by side", type=positive, metavar="N")
    o("--seq-len", "time steps that gradients flow back through", type=positive, metavar="T")
    o("--epochs", "length of the run: this often through the text", type=rate, metavar="E")
    o("--steps", "length of the run: this many updates", type=positive, metavar="S")
    o("--minutes", f"length of the run: this long (default {MINUTES:g})", type=rate, metavar="M")
    o("--carry", "state goes from batch to batch: always (stream; endless: each row reads on round the whole text),"
      " within an epoch, or never", choices=CARRIES)  # fmt: skip
    o("--patience", "stop after so many validations without a better one; 0: never", type=count, metavar="N")
    o("--seed", "start of all randomness", type=count, metavar="N")
    o("--threads", "threads to compute on (default: the physical cores)", type=positive, metavar="N")
    o("--shards", "slices of a batch; the same slices give the same bytes on any threads"
      " (default: the physical cores)", type=positive, metavar="N")  # fmt: skip

    o = group("output")
    o("--out", "folder of the run (default: runs/NAME-CELL)", type=named, metavar="DIR")
    o("--resume", "go on with the run in DIR, or with the last one", action="store_true")
    o("--sample-every", "steps between samples; 0 for one at the end", type=count, metavar="STEPS")
    o("--sample-style", "one long sample, several short ones, or rows of input beside prediction; several styles with"
      " commas between them", type=one_or_more(STYLES), metavar="STYLE,...")  # fmt: skip
    o("--sample-length", "symbols of a sample (default: 400 for one, 80 for each of several)", type=positive,
      metavar="N")  # fmt: skip
    o("--log-every", "steps between rows of log.csv", type=count, metavar="STEPS")
    o("--eval-every", "steps between validations; 0 for one at the end", type=count, metavar="STEPS")
    o("--keep", "beside best and last, keep the newest K of the checkpoints at --eval-every", type=count, metavar="K")
    o("--tensorboard", "write TensorBoard event files too (extra: tensorboard)", action=SWITCH)
    o("--quiet", "print nothing but errors", action="store_true")

    o = group("presets")
    o("--preset", "a published recipe; options given beside it win", type=named, metavar="NAME")
    o("--list-presets", "list the recipes", action="store_true")
    return p


if __name__ == "__main__":
    run_script(main, "lower --hidden, --layers, --embed, --transforms, --batch-size or --seq-len")
