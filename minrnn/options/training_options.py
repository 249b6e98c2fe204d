"""The options of train.py, a row each: how it is written, kind of value, default, help. Commands and docs follow these.

A resumed run keeps what is `fixed`, may change what is `free`, and knows nothing of what was `momentary`. Which options
belong to which cell, optimiser or schedule is not said here: their constructors say it.
"""

from cells import CELLS
from data import AUTO, CARRIES, CORPORA, LEVELS, TOKENISERS
from optim import OPTIMIZERS, SCHEDULES

from ..nn import DROPOUT_MASKS, DROPOUT_PLACES, OUTPUT_BIASES
from .arguments import amount, few, fraction, inside, non_negative, positive, rate, real, share, small, vocabulary_size
from .kinds import Cell, Choice, Encoding, Initialiser, Several, Switch, Text
from .option import fixed, free, momentary
from .rates import described, listed

# A good momentum for each optimiser, where none is given.
MOMENTA = {"sgd": 0.0, "muon": 0.95}
MINUTES = 2.0
# Where nothing is said of dropout, it grows by so much: see `Rereading`. Who has fewer symbols than FEW_SYMBOLS often
# wants to see them learned by heart.
GROWTH, MOST_DROPOUT, FEW_SYMBOLS = 0.1, 0.5, 100_000
# From how many symbols on a training step predicts among a sample of them, a quarter, and how many these are at most.
MANY_SYMBOLS, MOST_SAMPLED = 2000, 1000

# fmt: off
DATA = [
    free("text TEXT", Several(Text()), ["python"],
         f"files (.gz: unpacked), folders (all their text files), globs, - for standard input, or a corpus by name: "
         f"{', '.join(CORPORA)}"),
    free("--encoding NAME", Encoding(), "utf-8",
         "how the files are encoded, e.g. latin-1; a byte order mark in a file counts more"),
    momentary("--list-texts", Switch(), False,
              "list the corpora: what they are, their sizes, sources and licences (pip install -e '.[corpora]')"),
    fixed("--level", Choice(LEVELS), "char", "what a symbol is"),
    fixed("--tokeniser", Choice((AUTO, *TOKENISERS)), AUTO,
          "word: unicode, words by the rules of Unicode; spaces, what stands between white space, as in Penn Treebank; "
          "wordpunct, as in older models; auto: spaces for a text that is tokenised already, else unicode"),
    fixed("--val FRACTION", share, 0.1, "share of the text, at its end, held out for validation; 0 for none"),
    fixed("--val-first N", non_negative, 0, "hold out the first N symbols instead"),
    fixed("--val-files K", non_negative, 0, "hold out the last K files instead"),
    fixed("--val-lines SHARE", share, 0.0, "hold out this share of the lines instead, drawn at random by --seed"),
    free("--val-symbols N", non_negative, None, "held-out symbols that a validation reads, spread evenly; 0 for all "
         "(default: as many as take about an eighth of the time)"),
    fixed("--vocab-size N", vocabulary_size, None,
          "keep the N - 1 most frequent symbols; the rest is <unk> (default: keep all)"),
    fixed("--lowercase", Switch(), False, "fold the text to lower case"),
    fixed("--letters", Switch(), False, "fold the text to a-z: lower case, and a space for everything else"),
]
MODEL = [
    fixed("--cell", Cell(CELLS), "lstm", "kind of recurrent cell; bi- is bidirectional, and learns the cloze task; "
          "FILE.py:Class is a cell of your own (docs/your-own-cell.md)"),
    fixed("--gru-reset", Choice(("after", "before")), "after",
          "gru, bigru: reset gate after (cuDNN, PyTorch) or before (Cho et al., TensorFlow) the recurrent product"),
    fixed("--forget-bias X", real, 1.0, "lstm, lnlstm, mogrifier, minlstm, bilstm: initial bias of the forget gate"),
    fixed("--gate-bias X", real, 0.0, "gru, mixgru, bigru: initial bias of the gates r and z"),
    fixed("--gates", Choice(("sigmoid", "hard")), "sigmoid",
          "gru, lstm, bigru, bilstm: sigmoid, or hard (0.2 x + 0.5, clipped to 0..1)"),
    fixed("--tie-gates", Switch(), False, "lstm, mogrifier, bilstm: input gate i = 1 - f, so three gates, not four"),
    fixed("--transforms K", positive, 5, "mixgru: input transforms that are mixed"),
    fixed("--rounds R", few, 4, "mogrifier: how often input and state scale one another before a step"),
    fixed("--rank K", positive, 32, "mogrifier: rank of the matrices that give these scales"),
    fixed("--layers N", positive, 2, "stacked cells"),
    fixed("--hidden N", positive, 256, "units of each layer"),
    fixed("--embed N", non_negative, 0, "size of the embedding; 0 for one-hot input"),
    fixed("--dropout P", share, 0.0, "share that is set to zero in training; --dropout-at says where"),
    free("--dropout-growth X", share, None,
         "what each doubling of the epochs adds to --dropout, after the first epoch, or later where the text has "
         f"more symbols than the model parameters; up to {MOST_DROPOUT} (default: {GROWTH} for {FEW_SYMBOLS:,} "
         "symbols or more, but 0 where --dropout is given)"),
    fixed("--dropout-at", Choice(DROPOUT_PLACES), "outputs",
          "dropout at the outputs of all layers, or at the inputs of all layers and the output of the last"),
    fixed("--dropout-mask", Choice(DROPOUT_MASKS), "step", "a new mask each time step, or one a sequence"),
    fixed("--input-dropout P", share, 0.0, "share of what the first layer reads that is set to zero in training"),
    fixed("--embedding-dropout P", share, 0.0,
          "share of the symbols that a batch reads as zeros, wherever they stand in it; needs --embed"),
    fixed("--weight-drop P", share, 0.0,
          "share of the recurrent weights (Wh of every layer) set to zero in training, other ones in every batch"),
    fixed("--activation-reg A", amount, 0.0,
          "AR: adds to the loss A times the mean square of h, the output of the last layer after dropout"),
    fixed("--temporal-reg B", amount, 0.0,
          "TAR: adds to the loss B times the mean square of h[t] - h[t-1], of h before dropout"),
    fixed("--skip", Switch(), False, "the output layer reads the sum of all layers, not only the last"),
    fixed("--tie-weights", Switch(), False, "use the embedding as the output matrix too"),
    fixed("--projection K", non_negative, 0,
          "with --tie-weights: narrow the output of the layers to K, the size of the embedding; 0 for no projection"),
    fixed("--init NAME:X", Initialiser(), None, "initial input matrices: uniform:B, normal:S, truncated:S:MEAN, glorot "
          "or orthogonal:GAIN (default: +-sqrt(3/D) for D inputs; for one-hot input +-3, and +-sqrt(3) from 1,000 "
          "symbols on)"),
    fixed("--init-embedding NAME:X", Initialiser(), None, "initial embedding (default: as --init, else normal:1)"),
    fixed("--init-recurrent NAME:X", Initialiser(), None, "recurrent matrices (default: as --init, else +-1/sqrt(H))"),
    fixed("--init-output NAME:X", Initialiser(), None, "output matrix (default: as --init, else +-1/sqrt(H))"),
    fixed("--init-from MODEL", Text(), None, "start from a trained model: a checkpoint, or the folder of a run (its "
          "best); its structure and its vocabulary stay, and new symbols of the text are added"),
    fixed("--output-bias", Choice(OUTPUT_BIASES), "frequencies",
          "initial bias of the output: the log of how often each symbol occurs in the training text, or zero"),
]
TRAINING = [
    fixed("--optimizer", Choice(OPTIMIZERS), "adam", "how weights follow the gradient; "
          "muon is for the matrices of the cells, and adam's steps for the rest"),
    free("--lr X", rate, None, f"learning rate (default: {described()})"),
    free("--momentum X", share, None, f"sgd, muon: share of the last step kept (default: {listed(MOMENTA)})"),
    free("--rho X", share, 0.9, "rmsprop: decay of the mean square"),
    free("--beta1 X", share, 0.9, "adam, muon: decay of the mean"),
    free("--beta2 X", share, 0.99, "adam, muon: decay of the mean square"),
    free("--eps X", small, 1e-8, "rmsprop, adam, adagrad, muon: what is added to the root"),
    fixed("--eps-inside", Switch(), False, "rmsprop, adagrad: add it under the root"),
    free("--weight-decay X", amount, 0.1, "adam, muon: decoupled weight decay"),
    free("--l2 X", amount, 0.0, "L2 regularisation: adds X / 2 times the sum of the squares of all matrices to the "
         "loss that is learned from; for words, 1e-6 to 1e-5"),
    free("--schedule", Choice(SCHEDULES), "cosine", "how the learning rate changes"),
    free("--warmup STEPS", non_negative, 20, "cosine: steps until the full rate"),
    free("--final-lr SHARE", share, 0.05, "cosine: rate at the end, as a share of the full rate"),
    free("--decay X", fraction, 0.5, "staircase, plateau: factor of each fall"),
    free("--decay-start STEPS", non_negative, 0, "staircase: the step from which falls are counted"),
    free("--decay-every STEPS", positive, 5000, "staircase: steps between falls"),
    free("--decay-patience N", positive, 3, "plateau: validations without a better one before a fall"),
    free("--clip-norm X", amount, 5.0, "largest norm of the whole gradient; 0 for any"),
    free("--clip-value X", amount, 0.0, "largest absolute value in the gradient; 0 for any"),
    fixed("--ema BETA", inside, None, "validate, sample and save with an exponential moving average of the weights; "
          "BETA, e.g. 0.998, is the share of the average that a step keeps"),
    fixed("--tail-average SHARE", inside, None, "validate, sample and save with the mean of the weights after each "
          "step from this share of the run on, e.g. 0.8"),
    free("--sampled-softmax K", non_negative, None, "in training, predict among the targets of a batch and about K "
         "other symbols drawn at random, in place of all: quicker with thousands of words; 0 for all (default: a "
         f"quarter of {MANY_SYMBOLS} symbols or more, {MOST_SAMPLED} at most)"),
    free("--sampled-share SHARE", fraction, 0.7, "share of the run, from its start, that --sampled-softmax is for"),
    free("--on-nan", Choice(("stop", "rollback")), "stop", "when the loss or the gradient is not finite: stop, or roll "
         "back to the last checkpoint with half the learning rate, up to five times"),
    fixed("--batch-size N", positive, 32, "sequences side by side"),
    fixed("--seq-len T", positive, 64, "time steps that gradients flow back through"),
    free("--epochs E", rate, None, "length of the run in passes through the text"),
    free("--steps S", positive, None, "length of the run in updates of the weights"),
    free("--minutes M", rate, None, f"length of the run in minutes (default: {MINUTES:g})"),
    fixed("--carry", Choice(CARRIES), "stream", "the hidden state goes from batch to batch: always (stream, endless), "
          "within an epoch, or never (none); endless: each row reads on round the whole text"),
    free("--patience N", non_negative, 0, "stop after N validations without a better one; 0 for never"),
    fixed("--seed N", non_negative, 0, "start of all randomness"),
    momentary("--threads N", positive, None, "threads to compute on (default: the physical cores; under mpiexec, "
              "divided by the ranks of this machine)"),
    momentary("--rank-timeout SECONDS", amount, 600.0, "under mpiexec: end all ranks when one has not answered for so "
              "long; 0 for never"),
    fixed("--shards N", positive, None, "slices of a batch; the same slices give the same bytes on any threads "
          "(default: the physical cores, with 8 rows a slice or more; one a rank at least)"),
]
OUTPUT = [
    momentary("--out DIR", Text(), None, "output directory of the run (default: runs/TEXT-CELL)"),
    momentary("--resume", Switch(), False, "go on with the run in --out DIR or with the newest one; --resume RUN names "
              "its folder, or one of its checkpoints to go back to, such as best.pkl"),
    free("--sample-every STEPS", non_negative, 200, "steps between samples; 0 for one at the end"),
    free("--sample-style STYLE,...", Several(Choice(("one", "several", "rows")), commas=True), ["one"],
         "one long sample, several short ones from random symbols, or rows of input beside prediction and loss"),
    free("--sample-length N", positive, None, "symbols of a sample (default: 400 for one, 80 for each of several)"),
    free("--log-every STEPS", non_negative, 50, "steps between rows of log.csv"),
    free("--eval-every STEPS", non_negative, 300, "steps between validations; 0 for one at the end"),
    free("--keep K", non_negative, 0, "keep the newest K checkpoints step-N.pkl too, one at every --eval-every"),
    free("--tensorboard", Switch(), False, "write TensorBoard event files too (pip install -e '.[tensorboard]')"),
    momentary("--quiet", Switch(), False, "print nothing but errors, and warnings that text is lost"),
]
PRESETS = [
    fixed("--preset NAME", Text(), None, "a published recipe, or your own: a file that ends with .toml; "
          "options beside it win (also --no-letters and the like)"),
    momentary("--list-presets", Switch(), False, "list the recipes"),
]
# fmt: on

GROUPS = {"data": DATA, "model": MODEL, "training": TRAINING, "output": OUTPUT, "presets": PRESETS}
