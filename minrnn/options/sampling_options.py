"""The options of sample.py, a row each, and which of them contradict each other."""

from argparse import Namespace

from ..system.errors import OptionError
from .arguments import amount, fraction, non_negative, positive, rate
from .kinds import Encoding, Several, Switch, Text
from .option import flag, momentary

# fmt: off
ROWS = [
    momentary("model MODEL", Several(Text()), None, "a checkpoint of train.py, or the folder of a run (its best); "
              "several models with one vocabulary predict the mean of their probabilities"),
    momentary("--length N", non_negative, 500, "symbols to write; 0 to go on until Ctrl-C"),
    momentary("--prime TEXT", str, "", "what the model reads first (default: a line end)"),
    momentary("--random-start", Switch(), False, "begin with a random symbol, another one for each sample"),
    momentary("--temperature X", rate, 1.0, "below 1 careful, above 1 daring"),
    momentary("--top-k K", non_negative, 0, "choose among the K likeliest symbols; 0 for all"),
    momentary("--top-p P", fraction, 1.0, "choose among the likeliest symbols that hold the probability P"),
    momentary("--greedy", Switch(), False, "always take the likeliest symbol"),
    momentary("--seed N", non_negative, None, "the same seed writes the same text (default: another each time)"),
    momentary("--num K", positive, 1, "write K samples, computed side by side"),
    momentary("--stop TEXT", Text(), None, "stop before this text"),
    momentary("--fill TEXT", Text(), None, "bidirectional models: fill in the blanks of a text, one symbol for each _ "
              "(one word for each run of them); \\_ is the character itself"),
    momentary("--sweeps K", non_negative, 8,
              "bidirectional models: how often what was written is drawn again from both sides"),
    momentary("--score FILE", Text(), None, "write nothing; tell how well the model predicts this text (-: standard "
              "input): nats a symbol, bits a character, perplexity, accuracy (a bidirectional model sees both sides of "
              "each symbol: do not compare its numbers with those of others)"),
    momentary("--encoding NAME", Encoding(), "utf-8", "how the texts of --score and --dynamic-text are encoded"),
    momentary("--dynamic", Switch(), False, "with --score: beside it, the score of a model that goes on learning from "
              "each part of the text after it was scored (dynamic evaluation); the checkpoint stays as it is"),
    momentary("--dynamic-rate X", rate, 4e-4, "how far --dynamic moves a weight at once"),
    momentary("--dynamic-decay X", amount, 1e-3, "how strongly --dynamic pulls the weights back; 0: not at all"),
    momentary("--dynamic-segment T", positive, 20, "symbols that --dynamic scores between two updates"),
    momentary("--dynamic-text FILE", Text(), None, "where --dynamic learns how large gradients usually are (default: "
              "the training text)"),
]
# fmt: on
GROUPS = {"": ROWS}


def complete(given: dict) -> Namespace:
    """All options: the defaults, and over them what was `given`; OptionError where options contradict each other."""
    o = Namespace(**{row.name: row.default for row in ROWS} | given)

    def first(*names: str) -> str | None:
        """The first of these options that was given, as it is written; None if none was."""
        return next((flag(name) for name in names if name in given), None)

    if o.greedy and first("temperature", "top_k", "top_p"):
        raise OptionError("--greedy takes the likeliest symbol: leave out --temperature, --top-k and --top-p")
    if o.num > 1 and (not o.length or (o.greedy and not o.random_start)):
        raise OptionError("--num is for samples that differ and end: leave out --greedy and --length 0")
    if o.random_start and o.prime:
        raise OptionError("--random-start and --prime both say how to begin; give one")
    if o.fill and (other := first("length", "prime", "random_start", "stop")):
        raise OptionError(f"--fill gives the whole text: leave out {other}")
    tuning = [row.name for row in ROWS if row.name.startswith("dynamic_")]
    scoring = {"model", "score", "encoding", "dynamic", *tuning}
    if o.score and (other := first(*(row.name for row in ROWS if row.name not in scoring))):
        raise OptionError(f"--score writes nothing: leave out {other}")
    if not o.score and first("encoding"):
        raise OptionError("--encoding is for the text of --score; give both, or neither")
    if not o.dynamic and (other := first(*tuning)):
        raise OptionError(f"{other} belongs to --dynamic; give both, or neither")
    if o.dynamic and not o.score:
        raise OptionError("--dynamic is a way to score a text; give --score FILE, too")
    if o.dynamic and len(o.model) > 1:
        raise OptionError(f"--dynamic is for one model, and {len(o.model)} are given; name one")
    return o
